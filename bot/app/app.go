package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"keydesk/audit"
	"keydesk/bot/config"
	"keydesk/bot/desk"
	"keydesk/bot/teams"
	"keydesk/catalog"
	"keydesk/vault"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/prometheus/client_golang/prometheus"
)

// Config is what New needs.
type Config struct {
	Settings config.Config
	// Logger is where the process tells of itself; nil discards.
	Logger *slog.Logger
	// Transport, when set, carries the calls to Key Vault instead of the vault's own; tests put faults there.
	Transport func(next policy.Transporter) policy.Transporter
	// Vault, when set, is a Key Vault elsewhere (URL, Credential, Transport, OutsideMicrosoft) in place of the
	// embedded one in the sandbox's folder. With a tenant, Settings.Azure says which it is.
	Vault *vault.Config
	// Listener, when set, is where it answers instead of on Settings.Listen; tests have one without a network.
	Listener net.Listener
	// PerMinute is how many commands a person may run within a minute; zero means 30. Benchmarks raise it.
	PerMinute int
	// Registry takes the metrics; nil makes one of its own.
	Registry *prometheus.Registry
}

// App is one running Keydesk.
type App struct {
	cfg      Config
	metrics  *metrics
	listener net.Listener
	address  string // what a person opens
	base     string // http://host:port of the listener
	handler  http.Handler

	Catalog *catalog.Catalog
	Vault   *vault.Store
	Log     *audit.Log
	Desk    *desk.Desk

	endpoint   *teams.Endpoint
	endStreams func()   // ends answers that would never end by themselves
	closers    []func() // in reverse order of what they close
}

// stopWithin is how long Serve takes to stop at most.
const stopWithin = 10 * time.Second

// New builds an App that listens but does not answer yet. On an error nothing stays open.
func New(ctx context.Context, cfg Config) (_ *App, err error) {
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Registry == nil {
		cfg.Registry = prometheus.NewRegistry()
	}
	a := &App{cfg: cfg, metrics: newMetrics(cfg.Registry), endStreams: func() {}}
	defer func() {
		if err != nil {
			a.close()
		}
	}()
	if a.Catalog, err = catalog.Load(); err != nil {
		return nil, fmt.Errorf("loading the catalog: %w", err)
	}
	if a.listener = cfg.Listener; a.listener == nil {
		if a.listener, err = net.Listen("tcp", cfg.Settings.Listen); err != nil {
			return nil, fmt.Errorf("listening on %s (KEYDESK_LISTEN): %w", cfg.Settings.Listen, err)
		}
	}
	a.onClose(func() { _ = a.listener.Close() })
	a.base = "http://" + a.listener.Addr().String()
	build := a.buildSandbox
	if cfg.Settings.Azure != nil {
		build = a.buildAzure
	}
	if err := build(ctx); err != nil {
		return nil, err
	}
	return a, nil
}

// Address is what a person opens in a browser; in the sandbox it holds the page's token.
func (a *App) Address() string { return a.address }

// Base is the address of the listener, without a slash at its end.
func (a *App) Base() string { return a.base }

// Handler answers everything on the listener; benchmarks call it without the network.
func (a *App) Handler() http.Handler { return a.handler }

// Abandon lets go of everything an App holds that will not be served.
func (a *App) Abandon() { a.close() }

// Serve answers until ctx ends, then stops gracefully. It may be called once.
func (a *App) Serve(ctx context.Context) error {
	defer a.close()
	run, stopRunning := context.WithCancel(context.WithoutCancel(ctx))
	defer stopRunning()
	if err := a.note(ctx, "start"); err != nil {
		return fmt.Errorf("writing the first event: %w", err)
	}
	var tending sync.WaitGroup
	tending.Go(func() { a.Vault.Run(run) })
	tend, stopTending := context.WithCancel(run)
	defer stopTending()
	tending.Go(func() { a.Desk.Run(tend) })
	defer func() { stopRunning(); tending.Wait() }()
	metricsDone, err := a.serveMetrics(run)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: a.handler, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(a.cfg.Logger.Handler(), slog.LevelDebug)}
	server.RegisterOnShutdown(a.endStreams)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(a.listener) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
	}
	a.cfg.Logger.Info("stopping")
	stopTending() // it begins nothing more; Desk.Close waits for what it has begun
	err = a.stop(server)
	stopRunning()
	<-metricsDone
	return err
}

// stop finishes what runs: requests, turns, the round that looks after things, edits of cards, then the log.
func (a *App) stop(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin/3)
	defer cancel()
	err := server.Shutdown(ctx)
	if err != nil { // somebody holds a request open
		err = server.Close()
	}
	ctx, cancel = context.WithTimeout(context.Background(), stopWithin/3)
	defer cancel()
	err = errors.Join(err, a.endpoint.Shutdown(ctx))
	a.Desk.Close(ctx)
	// Each has its own time: a request that is held open must not cost the log its last events.
	last, cancel := context.WithTimeout(context.Background(), stopWithin/3)
	defer cancel()
	a.Desk.Count(last)
	err = errors.Join(err, a.note(last, "stop"), a.Log.Close(last))
	if err != nil {
		return fmt.Errorf("stopping: %w", err)
	}
	return nil
}

// note writes an event of the process itself.
func (a *App) note(ctx context.Context, action string) error {
	return a.Log.Append(ctx, audit.Event{Action: action, Outcome: audit.OK, Chat: string(catalog.System),
		Actor: audit.Actor{Name: "keydesk"}})
}

// ready says whether the vault and the log are usable.
func (a *App) ready(ctx context.Context) error {
	return errors.Join(a.Vault.Ready(ctx), a.Log.Healthy())
}

func (a *App) onClose(f func()) { a.closers = append(a.closers, f) }

func (a *App) close() {
	for len(a.closers) > 0 {
		last := len(a.closers) - 1
		f := a.closers[last]
		a.closers = a.closers[:last]
		f()
	}
}
