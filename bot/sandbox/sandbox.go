package sandbox

import (
	"context"
	"crypto/cipher"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

const (
	// BotName is the name under which the bot stands in chats and mentions.
	BotName = "Keydesk"
	// DefaultTenant stands in activities when the people file names no tenant.
	DefaultTenant = "00000000-aaaa-4000-8000-00000000c0de"
	// answerTime is how long Teams waits for a bot (platform facts, part B: 15 s).
	answerTime = 15 * time.Second
	// maxBody bounds what the bot and the page may send, in bytes. Teams takes about 100 KB a
	// message; the page's own API gets the same and a little for its envelope.
	maxBody = 128 << 10
	// maxAnswer bounds what is read of a bot's answer to an invoke, in bytes.
	maxAnswer = 512 << 10
)

// ErrConfig is wrapped by what New says about its Config.
var ErrConfig = errors.New("the sandbox cannot start like this")

// Person is one of the sandbox's people. Roles is only shown ("Admin", "L2,NOC", "").
type Person struct{ ID, Name, Roles string }

// Config says where the sandbox stands and where its bot is.
type Config struct {
	BaseURL    string          // this sandbox as the bot reaches it: http://127.0.0.1:3978
	BotURL     string          // the bot's endpoint: http://127.0.0.1:3978/api/messages
	AppID      string          // the bot is 28:<AppID>
	Tenant     string          // "" = DefaultTenant, and the bot may name any
	People     func() []Person // asked each time; must be safe for concurrent use
	Transcript string          // the file that keeps the chats; "" = memory only
	Seal       cipher.AEAD     // seals each of its lines; required with Transcript
	Token      string          // what ?token= must be; at least 16 characters
	Logger     *slog.Logger    // nil = silent. Never sees what people or bots say
}

// Teams is a running stand-in. It is safe for concurrent use.
type Teams struct {
	cfg    Config
	base   string // BaseURL without a trailing slash
	tenant string
	book   *book
	client *http.Client
	views  *views
	cookie session
	log    *slog.Logger

	ctx    context.Context // ends with Close: live pages and deliveries end with it
	cancel context.CancelFunc
	work   sync.WaitGroup
}

// New opens the transcript and makes the stand-in. Errors wrap ErrConfig, ErrOtherKey,
// ErrDamaged, or come from the file system.
func New(cfg Config) (*Teams, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	views, err := loadViews()
	if err != nil {
		return nil, fmt.Errorf("reading the page's templates: %w", err)
	}
	book, err := openBook(cfg.Transcript, cfg.Seal)
	if err != nil {
		return nil, fmt.Errorf("opening the transcript %s: %w", cfg.Transcript, err)
	}
	t := &Teams{
		cfg: cfg, base: strings.TrimRight(cfg.BaseURL, "/"), tenant: cfg.Tenant,
		book: book, views: views, client: botClient(), log: cfg.Logger,
		cookie: newSession(cfg.Token, cfg.BaseURL),
	}
	if t.tenant == "" {
		t.tenant = DefaultTenant
	}
	if t.log == nil {
		t.log = slog.New(slog.DiscardHandler)
	}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	return t, nil
}

func (c Config) check() error {
	var faults []error
	for what, raw := range map[string]string{"BaseURL": c.BaseURL, "BotURL": c.BotURL} {
		u, err := url.Parse(raw)
		if err != nil || u.Scheme != "http" || !ourHost(u.Host, u.Hostname(), portOf(u)) {
			faults = append(faults, fmt.Errorf("%s must be a http address of this machine", what))
		}
	}
	if c.AppID == "" {
		faults = append(faults, errors.New("no AppID"))
	}
	if c.People == nil {
		faults = append(faults, errors.New("no People"))
	}
	if len(c.Token) < 16 {
		faults = append(faults, errors.New("the Token is shorter than 16 characters"))
	}
	if c.Transcript != "" && c.Seal == nil {
		faults = append(faults, errors.New("a transcript needs Seal"))
	}
	if len(faults) > 0 {
		return fmt.Errorf("%w: %w", ErrConfig, errors.Join(faults...))
	}
	return nil
}

func portOf(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	return "80"
}

// botClient speaks to the bot directly: through a proxy a typed value would leave the machine,
// and a redirect would carry it to wherever the answer says.
func botClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 16, IdleConnTimeout: time.Minute},
		Timeout:   answerTime,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
	}
}

// Handler serves the page at "/", its assets and API below /page/, and the connector below
// /v3/. It must stand behind Guard.
func (t *Teams) Handler() http.Handler {
	mux := http.NewServeMux()
	t.connectorRoutes(mux)
	t.pageRoutes(mux)
	return mux
}

// Address is what to open in a browser: the page with its token.
func (t *Teams) Address() string {
	return t.base + "/?" + url.Values{"token": {t.cfg.Token}}.Encode()
}

// Close ends live pages and waits for first openings that are being told (5 s at most). It may be
// called more than once, and the connector goes on working after it. An http.Server stops in
// time only if Close runs before or beside its Shutdown: live pages never end by themselves.
func (t *Teams) Close() {
	t.cancel()
	t.work.Wait()
	t.client.CloseIdleConnections()
}
