package graph

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	kauth "github.com/microsoft/kiota-abstractions-go/authentication"
	kazure "github.com/microsoft/kiota-authentication-azure-go"
	khttp "github.com/microsoft/kiota-http-go"
	kjson "github.com/microsoft/kiota-serialization-json-go"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
)

// connect builds the SDK's adapter with our middleware alone.
func connect(cfg Config, at *url.URL) (*core.GraphRequestAdapterBase, error) {
	scopes, hosts := []string{cfg.URL + "/.default"}, []string{at.Hostname()}
	tokens, err := kazure.NewAzureIdentityAccessTokenProviderWithScopesAndValidHosts(
		credential{cfg.Credential}, scopes, hosts)
	if err != nil {
		return nil, err
	}
	var transport http.RoundTripper
	if cfg.Client != nil {
		transport = cfg.Client.Transport
	}
	if transport == nil {
		own := http.DefaultTransport.(*http.Transport).Clone()
		own.MaxIdleConnsPerHost = 64
		transport = own
	}
	return core.NewGraphRequestAdapterBaseWithParseNodeFactoryAndSerializationWriterFactoryAndHttpClient(
		kauth.NewBaseBearerTokenAuthenticationProvider(tokens), core.GraphClientOptions{},
		kjson.NewJsonParseNodeFactory(), kjson.NewJsonSerializationWriterFactory(),
		&http.Client{Transport: khttp.NewCustomTransportWithParentTransport(transport, pipeline{})})
}

// credential asks for tokens without continuous access evaluation, so Graph sends no claims challenge that
// would have to be answered, and marks the errors, whose words name tenant and application.
type credential struct{ azcore.TokenCredential }

// GetToken implements azcore.TokenCredential.
func (c credential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	o.EnableCAE, o.Claims = false, ""
	token, err := c.TokenCredential.GetToken(ctx, o)
	if err == nil && token.Token == "" {
		err = errors.New("the token is empty")
	}
	if err != nil {
		return azcore.AccessToken{}, &failure{what: ErrToken, cause: err}
	}
	return token, nil
}
