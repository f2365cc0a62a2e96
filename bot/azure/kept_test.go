package azure_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"keydesk/bot/azure"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
)

// slow gives tokens of an hour, each after 3 s, unless it is down.
type slow struct {
	asked   atomic.Int32
	down    atomic.Bool
	refresh time.Duration // after which Entra wants a token renewed; 0 it does not say
}

func (s *slow) ask(_ context.Context, _ policy.TokenRequestOptions) (azcore.AccessToken, error) {
	n := s.asked.Add(1)
	time.Sleep(3 * time.Second)
	if s.down.Load() {
		return azcore.AccessToken{}, &azure.Fault{Kind: azure.ErrEntra}
	}
	t := azcore.AccessToken{Token: strconv.Itoa(int(n)), ExpiresOn: time.Now().Add(time.Hour)}
	if s.refresh > 0 {
		t.RefreshOn = time.Now().Add(s.refresh)
	}
	return t, nil
}

// get asks for a token and says how long that took.
func get(t *testing.T, c *azure.Credential, o policy.TokenRequestOptions) (string, time.Duration) {
	t.Helper()
	o.Scopes = []string{scope}
	began := time.Now()
	token, err := c.GetToken(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return token.Token, time.Since(began)
}

func TestRenewedAheadOfItsEnd(t *testing.T) {
	for refresh, at := range map[time.Duration]time.Duration{0: 55 * time.Minute,
		20 * time.Minute: 20 * time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			s := &slow{refresh: refresh}
			c := azure.Keeping(s.ask)
			if token, took := get(t, c, policy.TokenRequestOptions{}); token != "1" || took != 3*time.Second {
				t.Error("the first:", token, took)
			}
			time.Sleep(at - 10*time.Second)
			if token, took := get(t, c, policy.TokenRequestOptions{}); token != "1" || took != 0 ||
				s.asked.Load() != 1 {
				t.Error("a young one:", token, took, s.asked.Load())
			}
			time.Sleep(10 * time.Second)
			for range 5 { // it is time: the old one goes on while the new one comes
				if token, took := get(t, c, policy.TokenRequestOptions{}); token != "1" || took != 0 {
					t.Error("while it is renewed:", token, took)
				}
			}
			time.Sleep(4 * time.Second)
			if token, took := get(t, c, policy.TokenRequestOptions{}); token != "2" || took != 0 ||
				s.asked.Load() != 2 {
				t.Error("renewed:", token, took, s.asked.Load())
			}
		})
	}
}

func TestAnOutageOfEntra(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{}
		c := azure.Keeping(s.ask)
		get(t, c, policy.TokenRequestOptions{})
		s.down.Store(true)
		time.Sleep(55 * time.Minute)
		for range 4 * 60 { // calls every second for 4 minutes
			if token, took := get(t, c, policy.TokenRequestOptions{}); token != "1" || took != 0 {
				t.Fatal("in the outage:", token, took)
			}
			time.Sleep(time.Second)
		}
		if s.asked.Load() < 8 || s.asked.Load() > 10 {
			t.Errorf("asked %d times in 4 minutes", s.asked.Load())
		}
		time.Sleep(time.Minute)
		_, err := c.GetToken(t.Context(), policy.TokenRequestOptions{Scopes: []string{scope}})
		if !errors.Is(err, azure.ErrEntra) {
			t.Error("past its end:", err)
		}
		s.down.Store(false)
		if _, took := get(t, c, policy.TokenRequestOptions{}); took != 3*time.Second {
			t.Error("after the outage:", took)
		}
	})
}

func TestOneQuestionForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{}
		c := azure.Keeping(s.ask)
		hasty, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var all sync.WaitGroup
		all.Go(func() {
			_, err := c.GetToken(hasty, policy.TokenRequestOptions{Scopes: []string{scope}})
			if !errors.Is(err, context.DeadlineExceeded) {
				t.Error("the hasty one:", err)
			}
		})
		synctest.Wait()
		for range 50 {
			all.Go(func() { get(t, c, policy.TokenRequestOptions{}) })
		}
		all.Wait()
		if s.asked.Load() != 1 {
			t.Errorf("asked %d times", s.asked.Load())
		}
	})
}

// Claims mean that the token was refused before its end (continuous access evaluation).
func TestARefusedToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slow{}
		c := azure.Keeping(s.ask)
		get(t, c, policy.TokenRequestOptions{EnableCAE: true})
		token, _ := get(t, c, policy.TokenRequestOptions{EnableCAE: true, Claims: `{"access_token":{}}`})
		after, took := get(t, c, policy.TokenRequestOptions{EnableCAE: true})
		if token != "2" || after != "2" || took != 0 {
			t.Error(token, after, took)
		}
		if other, _ := get(t, c, policy.TokenRequestOptions{}); other != "3" {
			t.Error("a token without it:", other)
		}
	})
}
