package bottest_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/bot/bottest"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

const (
	tenant   = "00000000-0000-4000-8000-00000000a001"
	appID    = "00000000-0000-4000-8000-00000000c001"
	good     = "obviously-fake-app-secret"
	expired  = "obviously-fake-expired-secret"
	audience = "https://vault.example"
)

func entra(t testing.TB) *bottest.Entra {
	t.Helper()
	e := bottest.NewEntra(tenant)
	t.Cleanup(e.Close)
	e.Register(bottest.EntraApp{Tenant: tenant, ID: appID, Secrets: []string{good}, Expired: []string{expired}})
	return e
}

// options have the real azidentity ask e, once.
func options(e *bottest.Entra) azcore.ClientOptions {
	return azcore.ClientOptions{Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: e.URL()},
		Transport: e.Client(), Retry: policy.RetryOptions{MaxRetries: -1}}
}

func withSecret(t testing.TB, e *bottest.Entra, tenant, app, secret string) *azidentity.ClientSecretCredential {
	t.Helper()
	c, err := azidentity.NewClientSecretCredential(tenant, app, secret, &azidentity.ClientSecretCredentialOptions{
		ClientOptions: options(e), DisableInstanceDiscovery: true})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var forVault = policy.TokenRequestOptions{Scopes: []string{audience + "/.default"}}

// take gets a token that e itself holds to be good.
func take(t testing.TB, e *bottest.Entra, c azcore.TokenCredential) azcore.AccessToken {
	t.Helper()
	return takeAs(t, e, c, appID)
}

func takeAs(t testing.TB, e *bottest.Entra, c azcore.TokenCredential, app string) azcore.AccessToken {
	t.Helper()
	got, err := c.GetToken(t.Context(), forVault)
	if err != nil {
		t.Fatal(err)
	}
	claims, err := e.Verify(got.Token, audience)
	if err != nil || claims["appid"] != app || claims["tid"] != tenant {
		t.Fatalf("%v, %v", claims, err)
	}
	return got
}

func TestSecretGivesATokenOnce(t *testing.T) {
	e := entra(t)
	c := withSecret(t, e, tenant, appID, good)
	first := take(t, e, c)
	if left := time.Until(first.ExpiresOn); left < 59*time.Minute || left > time.Hour {
		t.Errorf("it lasts %s", left)
	}
	if take(t, e, c).Token != first.Token || e.Count(bottest.EntraCredentials) != 1 {
		t.Errorf("%d calls; the second token is not from the cache", e.Count(bottest.EntraCredentials))
	}
	for what, token := range map[string]string{"cut": first.Token[:len(first.Token)-8], "none": "",
		"forged":   e.Signer.Forged(bottest.Claims{"tid": tenant, "aud": audience}),
		"unsigned": e.Signer.Unsigned(bottest.Claims{"tid": tenant, "aud": audience}),
		"of an unknown issuer": e.Signer.Sign(bottest.Claims{"tid": appID, "aud": audience,
			"exp": time.Now().Add(time.Hour).Unix()})} {
		if _, err := e.Verify(token, audience); !errors.Is(err, bottest.ErrToken) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := e.Verify(first.Token, "https://graph.example"); !errors.Is(err, bottest.ErrToken) {
		t.Errorf("for another audience: %v", err)
	}
	e.Signer.Rotate()
	if _, err := e.Verify(first.Token, audience); err != nil {
		t.Errorf("after new keys: %v", err)
	}
	e.Signer.Retire()
	if _, err := e.Verify(first.Token, audience); !errors.Is(err, bottest.ErrToken) {
		t.Errorf("after its key was taken away: %v", err)
	}
}

// TestTokenIsRenewedBeforeItsEnd plays an hour with a clock of its own.
func TestTokenIsRenewedBeforeItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := bottest.EntraInProcess(tenant)
		e.Register(bottest.EntraApp{Tenant: tenant, ID: appID, Secrets: []string{good}})
		c := withSecret(t, e, tenant, appID, good)
		first := take(t, e, c)
		time.Sleep(54 * time.Minute)
		if take(t, e, c).Token != first.Token {
			t.Error("renewed too early")
		}
		time.Sleep(2 * time.Minute)
		if take(t, e, c).Token == first.Token || e.Count(bottest.EntraCredentials) != 2 {
			t.Errorf("near its end it is not renewed: %d calls", e.Count(bottest.EntraCredentials))
		}
		time.Sleep(5 * time.Minute)
		if _, err := e.Verify(first.Token, audience); !errors.Is(err, bottest.ErrToken) {
			t.Errorf("past its end: %v", err)
		}
	})
}

func TestFailuresOfACredential(t *testing.T) {
	const other = "00000000-0000-4000-8000-00000000ffff"
	for name, tt := range map[string]struct {
		tenant, app, secret string
		kind                string
		fault               bottest.Fault
		status              int
		say                 string
	}{
		"wrong secret":   {secret: "obviously-wrong", status: 401, say: "AADSTS7000215"},
		"expired secret": {secret: expired, status: 401, say: "AADSTS7000222"},
		"unknown tenant": {tenant: other, status: 400, say: "AADSTS90002"},
		"unknown app":    {app: other, status: 400, say: "AADSTS700016"},
		"throttled": {kind: bottest.EntraCredentials, fault: bottest.Fault{Status: 429, RetryAfter: "7"},
			status: 429, say: "429"},
		"down":        {kind: bottest.EntraCredentials, fault: bottest.Fault{Status: 503}, status: 503, say: "503"},
		"cut":         {kind: bottest.EntraCredentials, fault: bottest.Fault{Cut: true}, say: "EOF"},
		"no metadata": {kind: bottest.EntraMetadata, fault: bottest.Fault{Status: 503}, status: 503, say: "503"},
		"a page of a proxy": {kind: bottest.EntraCredentials, fault: bottest.Fault{Status: 502, Body: "<html>"},
			status: 502, say: "502"},
	} {
		t.Run(name, func(t *testing.T) {
			e := entra(t)
			c := withSecret(t, e, or(tt.tenant, tenant), or(tt.app, appID), or(tt.secret, good))
			e.Fail(tt.kind, tt.fault)
			_, err := c.GetToken(t.Context(), forVault)
			failed, ok := errors.AsType[*azidentity.AuthenticationFailedError](err)
			if !ok || !strings.Contains(err.Error(), tt.say) {
				t.Fatalf("got %T: %v", err, err)
			}
			if tt.status != 0 && (failed.RawResponse == nil || failed.RawResponse.StatusCode != tt.status ||
				failed.RawResponse.Header.Get("Retry-After") != tt.fault.RetryAfter) {
				t.Errorf("answer %+v", failed.RawResponse)
			}
			if strings.Contains(err.Error(), or(tt.secret, good)) {
				t.Error("the error has the secret")
			}
			if tt.kind != "" { // once only
				take(t, e, c)
			}
		})
	}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func TestEntraThatHangs(t *testing.T) {
	e := entra(t)
	e.Fail(bottest.EntraCredentials, bottest.Fault{Wait: make(chan struct{})})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err := withSecret(t, e, tenant, appID, good).GetToken(ctx, forVault)
	// The real client does not wrap the context's error.
	if _, ok := errors.AsType[*azidentity.AuthenticationFailedError](err); !ok ||
		!strings.Contains(err.Error(), context.DeadlineExceeded.Error()) {
		t.Errorf("got %v", err)
	}
}

// TestInstanceDiscovery: what MSAL asks where nobody turned it off names this host alone.
func TestInstanceDiscovery(t *testing.T) {
	e := entra(t)
	res, err := e.Client().Get(e.URL() + "/common/discovery/instance?api-version=1.1")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK || e.Count(bottest.EntraInstances) != 1 || len(e.CertPEM()) == 0 {
		t.Errorf("%d", res.StatusCode)
	}
}
