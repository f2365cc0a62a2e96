package azure

import (
	"context"
	"log/slog"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// Ask is a source of tokens.
type Ask func(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error)

// AskNow asks Entra, within ctx alone.
func (c *Credential) AskNow(ctx context.Context, o policy.TokenRequestOptions) error {
	_, err := c.ask(ctx, o)
	return err
}

// Keeping makes a credential of a source, without a network.
func Keeping(ask Ask) *Credential {
	return &Credential{kept: kept{ask: ask, log: slog.New(slog.DiscardHandler)}}
}
