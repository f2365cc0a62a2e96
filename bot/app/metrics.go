package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics counts commands, calls to Key Vault and activities. Labels come from fixed sets: no name of a
// person or a key is ever one.
type metrics struct {
	registry *prometheus.Registry
	commands *prometheus.HistogramVec
	vault    *prometheus.HistogramVec
	teams    *prometheus.HistogramVec
}

func newMetrics(r *prometheus.Registry) *metrics {
	seconds := []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: "keydesk", Name: name, Help: help,
			Buckets: seconds}, labels)
	}
	m := &metrics{registry: r,
		commands: histogram("command_seconds", "Time a command took, by command and outcome.",
			"command", "outcome"),
		vault: histogram("vault_call_seconds",
			"Time a call to Key Vault took, by call and HTTP status (0: no answer).", "call", "status"),
		teams: histogram("activity_seconds", "Time an activity took to answer, by kind and HTTP status.",
			"kind", "status"),
	}
	r.MustRegister(m.commands, m.vault, m.teams, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *metrics) command(command, outcome string, took time.Duration) {
	m.commands.WithLabelValues(command, outcome).Observe(took.Seconds())
}

func (m *metrics) vaultCall(call string, status int, took time.Duration) {
	m.vault.WithLabelValues(call, strconv.Itoa(status)).Observe(took.Seconds())
}

func (m *metrics) activity(kind string, status int, took time.Duration) {
	m.teams.WithLabelValues(kind, strconv.Itoa(status)).Observe(took.Seconds())
}

// serveMetrics answers GET /metrics on a listener of its own until ctx ends. An address that was set must
// be free; the default one may be taken by something else, then Keydesk goes on without.
func (a *App) serveMetrics(ctx context.Context) (done <-chan struct{}, err error) {
	closed := make(chan struct{})
	addr := a.cfg.Settings.MetricsListen
	l, err := net.Listen("tcp", addr)
	if err != nil {
		close(closed)
		if a.cfg.Settings.MetricsExplicit {
			return closed, fmt.Errorf("listening on %s (KEYDESK_METRICS_LISTEN): %w", addr, err)
		}
		a.cfg.Logger.Warn("no metrics: their address is taken; set KEYDESK_METRICS_LISTEN to another", "address", addr)
		return closed, nil
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(a.metrics.registry, promhttp.HandlerOpts{}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		defer close(closed)
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			a.cfg.Logger.Warn("metrics ended", "error", err)
		}
	}()
	context.AfterFunc(ctx, func() { _ = server.Close() })
	return closed, nil
}
