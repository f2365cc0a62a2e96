package app

import (
	"context"
	"errors"
	"log/slog"

	"keydesk/bot/web"
)

// signInConfig is what signing in before a link opens needs.
type signInConfig struct {
	Authority string // Entra's address, without a slash at its end
	Tenant    string // the one whose people may sign in
	ClientID, ClientSecret,
	PublicURL string // where people reach the pages, without a slash at its end
	Logger *slog.Logger
}

// openSignIn lets people sign in with Entra.
func (a *App) openSignIn(_ context.Context, _ signInConfig) (web.SignIn, error) {
	if a.cfg.signIn != nil {
		return a.cfg.signIn, nil
	}
	return nil, errors.New("this version cannot ask people to sign in before a link opens; " +
		"set KEYDESK_LINK_SIGNIN=off to go on without")
}
