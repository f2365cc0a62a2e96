package web_test

import (
	"context"
	"strings"
	"testing"

	"keydesk/bot/bottest"
	"keydesk/bot/bottest/browser"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"
)

// browseSignIn opens a browser that takes the certificates of these tests.
func browseSignIn(t *testing.T) context.Context {
	t.Helper()
	ctx := browser.Open(t)
	_, err := chromedp.Call(ctx, security.SetIgnoreCertificateErrors,
		security.SetIgnoreCertificateErrorsParams{Ignore: true})
	if err != nil {
		t.Fatal(err)
	}
	return ctx
}

func heading(t *testing.T, ctx context.Context) string {
	t.Helper()
	return script(t, ctx, `document.querySelector("h1").textContent`)
}

// chooser is the page of Entra where one picks an account; pick clicks on one.
const chooser = "#p-" + bottest.Cancel

func pick(id string) string { return `[id="p-` + id + `"]` }

// TestSignInBrowser: in a real browser somebody cancels, signs in with the wrong account, then with the right
// one, and sees the value. The cookies hold, with https and on http on this machine.
func TestSignInBrowser(t *testing.T) {
	for name, secure := range map[string]bool{"https": true, "http": false} {
		t.Run(name, func(t *testing.T) {
			w := signing(t, secure)
			w.entra.SignedIn("")
			ctx := browseSignIn(t)
			do(t, ctx, chromedp.Navigate(w.url+"/r/"+token), visible(chooser), click(chooser), visible("#again"))
			if got := heading(t, ctx); got != "You are not signed in" {
				t.Errorf("cancelled: %s", got)
			}
			do(t, ctx, click("#again"), visible(chooser), click(pick(stranger)),
				visible(`[data-state="notyours"]`))
			page := script(t, ctx, everything)
			if strings.Contains(page, "ninjaone") || strings.Contains(page, token) {
				t.Errorf("shown to somebody else:\n%s", page)
			}
			if w.desk.claimed() > 0 || len(w.desk.tries()) != 2 {
				t.Errorf("%d claims, %d attempts", w.desk.claimed(), len(w.desk.tries()))
			}
			do(t, ctx, click("#again"), visible(chooser), click(pick(holder.ID)), visible("#reveal"))
			if at := script(t, ctx, `location.href`); at != w.url+"/r/"+token {
				t.Errorf("at %s", at)
			}
			if got := script(t, ctx, `document.cookie`); got != "" {
				t.Errorf("scripts see %q", got)
			}
			do(t, ctx, click("#reveal"), visible("#parts pre"))
			if page := script(t, ctx, everything); !strings.Contains(page, "obviously-fake-client-id") {
				t.Error("the value is not shown")
			}
			if w.desk.claimed() != 1 || w.desk.who[0].Person != holder {
				t.Errorf("claimed by %+v", w.desk.who)
			}
		})
	}
}

// TestSignInLooks: each page of sign-in fits narrow and wide windows, in light and dark.
func TestSignInLooks(t *testing.T) {
	w := signing(t, false)
	ctx := browseSignIn(t)
	for state, open := range map[string]string{
		"notyours": "/r/" + token, "cancelled": "/r/" + token + "?signin=cancelled",
		"down": "/i/" + token + "?signin=down", "setup": "/r/" + token + "?signin=setup",
		"untrusted": "/r/" + token + "?signin=untrusted", "callback": "/signin/callback?state=x",
	} {
		w.entra.SignedIn(stranger)
		for size, width := range map[string]int64{"wide": 1280, "narrow": 320} {
			for _, scheme := range []string{"light", "dark"} {
				if _, err := chromedp.Call(ctx, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
					t.Fatal(err)
				}
				sized(t, ctx, width, 720, scheme)
				do(t, ctx, chromedp.Navigate(w.url+open), visible("main h1"))
				fits := `String(document.documentElement.scrollWidth <= innerWidth &&
					getComputedStyle(document.querySelector("main")).borderRadius === "14px" &&
					document.querySelector("header img").naturalWidth > 0)`
				if script(t, ctx, fits) != "true" {
					t.Errorf("%s, %s, %s: too wide, or without its style or icon", state, size, scheme)
				}
				picture(t, ctx, "signin-"+state+"-"+size+"-"+scheme)
			}
		}
	}
}
