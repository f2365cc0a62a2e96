package embedded_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"

	"keydesk/vault/embedded"
)

func updateProps(t *testing.T, w *world) {
	made := w.setWith(t, "update", params{Value: to.Ptr("v"), ContentType: to.Ptr("text/plain"),
		Tags: tags("a", "1", "b", "2"), SecretAttributes: &attrs{Expires: to.Ptr(time.Unix(5000, 0))}})
	version := made.ID.Version()

	kept := w.patch(t, "update", version, update{SecretAttributes: &attrs{NotBefore: to.Ptr(time.Unix(9, 0))}})
	sameTags(t, kept.Tags, made.Tags)
	if *kept.ContentType != "text/plain" || kept.Attributes.Expires.Unix() != 5000 {
		t.Error("an absent property was changed")
	}
	replaced := w.patch(t, "update", "", update{Tags: tags("c", "3"), ContentType: to.Ptr("application/json")})
	sameTags(t, replaced.Tags, tags("c", "3"))
	if replaced.ID.Version() != version {
		t.Error("update made a new version")
	}
	emptied := w.patch(t, "update", version, update{Tags: map[string]*string{}})
	sameTags(t, emptied.Tags, nil)
	for _, s := range []azsecrets.Secret{kept, replaced, emptied} {
		if s.Value != nil {
			t.Error("update echoed the value")
		}
		a, before := s.Attributes, made.Attributes
		if !a.Created.Equal(*before.Created) || a.Updated.Before(*before.Updated) {
			t.Error("created moved, or updated went back")
		}
	}
	got := w.get(t, "update", "")
	if *got.Value != "v" || *got.ContentType != "application/json" || got.Attributes.NotBefore.Unix() != 9 {
		t.Error("the updated version is not as it was answered")
	}
}

func updateOneVersion(t *testing.T, w *world) {
	first := w.set(t, "update-one", "one")
	w.setWith(t, "update-one", params{Value: to.Ptr("two"), Tags: tags("a", "1")})
	w.patch(t, "update-one", first.ID.Version(), update{Tags: tags("old", "yes"),
		SecretAttributes: &attrs{Enabled: to.Ptr(false)}})
	now := w.get(t, "update-one", "")
	sameTags(t, now.Tags, tags("a", "1"))
	if *now.Value != "two" {
		t.Error("the current version has changed")
	}
}

func deleteRecover(t *testing.T, w *world) {
	first := w.setWith(t, "recover", params{Value: to.Ptr("one"), Tags: tags("a", "1")})
	second := w.setWith(t, "recover", params{Value: to.Ptr("two"), ContentType: to.Ptr("text/plain")})
	gone := w.delete(t, "recover")
	seen := ok[azsecrets.GetDeletedSecretResponse](t)(w.c.GetDeletedSecret(t.Context(), "Recover", nil))
	for _, d := range []azsecrets.DeletedSecret{gone, seen.DeletedSecret} {
		if *d.ID != *second.ID || *d.RecoveryID != w.base+"/deletedsecrets/recover" || d.Value != nil {
			t.Errorf("id %q, recovery id %q", *d.ID, *d.RecoveryID)
		}
		if keep := d.ScheduledPurgeDate.Sub(*d.DeletedDate); keep < 89*24*time.Hour || keep > 91*24*time.Hour {
			t.Errorf("it is kept for %v", keep)
		}
		if *d.ContentType != "text/plain" || time.Since(*d.DeletedDate).Abs() > time.Hour {
			t.Error("its content type or date differ")
		}
	}
	_, err := w.c.GetSecret(t.Context(), "recover", "", nil)
	wantError(t, err, 404, "SecretNotFound", "")
	_, err = w.c.GetSecret(t.Context(), "recover", first.ID.Version(), nil)
	wantError(t, err, 404, "SecretNotFound", "")
	_, err = w.c.UpdateSecretProperties(t.Context(), "recover", "", update{}, nil)
	wantError(t, err, 404, "SecretNotFound", "")
	_, err = w.c.DeleteSecret(t.Context(), "recover", nil)
	wantError(t, err, 404, "SecretNotFound", "")
	_, err = w.c.SetSecret(t.Context(), "recover", params{Value: to.Ptr("x")}, nil)
	wantError(t, err, 409, "Conflict", "ObjectIsDeletedButRecoverable")
	if n := len(w.versions(t, "recover")[0]); n != 0 {
		t.Errorf("%d versions of a deleted name are listed", n)
	}

	back := ok[azsecrets.RecoverDeletedSecretResponse](t)(w.c.RecoverDeletedSecret(t.Context(), "recover", nil))
	if *back.ID != *second.ID || back.Value != nil {
		t.Errorf("recovered %q", *back.ID)
	}
	old := w.get(t, "recover", first.ID.Version())
	if *w.get(t, "recover", "").Value != "two" || *old.Value != "one" || *old.Tags["a"] != "1" {
		t.Error("what came back differs")
	}
	_, err = w.c.GetDeletedSecret(t.Context(), "recover", nil)
	wantError(t, err, 404, "SecretNotFound", "")
	w.set(t, "recover", "three")
}

func purgeEnds(t *testing.T, w *world) {
	old := w.set(t, "purge", "one")
	w.set(t, "purge-other", "stays")
	w.delete(t, "purge")
	ok[azsecrets.PurgeDeletedSecretResponse](t)(w.c.PurgeDeletedSecret(t.Context(), "Purge", nil))
	_, err := w.c.GetDeletedSecret(t.Context(), "purge", nil)
	wantError(t, err, 404, "SecretNotFound", "")
	_, err = w.c.RecoverDeletedSecret(t.Context(), "purge", nil)
	wantError(t, err, 404, "SecretNotFound", "")
	w.set(t, "PURGE", "two")
	_, err = w.c.GetSecret(t.Context(), "purge", old.ID.Version(), nil)
	wantError(t, err, 404, "SecretNotFound", "")
	s := w.get(t, "purge", "")
	if *s.Value != "two" || s.ID.Name() != "PURGE" || len(w.versions(t, "purge")[0]) != 1 {
		t.Error("the name did not start anew")
	}
	w.get(t, "purge-other", "")
}

func TestPurgeProtected(t *testing.T) {
	both(t, embedded.Config{PurgeProtected: true, RetentionDays: 7}, func(t *testing.T, w *world) {
		made := w.set(t, "kept", "v")
		if a := made.Attributes; *a.RecoveryLevel != "CustomizedRecoverable" || *a.RecoverableDays != 7 {
			t.Errorf("recovery %s %d", *a.RecoveryLevel, *a.RecoverableDays)
		}
		gone := w.delete(t, "kept")
		if keep := gone.ScheduledPurgeDate.Sub(*gone.DeletedDate).Round(24 * time.Hour); keep != 7*24*time.Hour {
			t.Errorf("it is kept for %v", keep)
		}
		_, err := w.c.PurgeDeletedSecret(t.Context(), "kept", nil)
		wantError(t, err, 403, "Forbidden", "ForbiddenByPolicy")
		ok[azsecrets.RecoverDeletedSecretResponse](t)(w.c.RecoverDeletedSecret(t.Context(), "kept", nil))
		w.get(t, "kept", "")
	})
}

func TestRecoveryLevels(t *testing.T) {
	for want, cfg := range map[string]embedded.Config{
		"Recoverable+Purgeable":           {},
		"Recoverable":                     {PurgeProtected: true},
		"CustomizedRecoverable+Purgeable": {RetentionDays: 89},
		"CustomizedRecoverable":           {RetentionDays: 7, PurgeProtected: true},
	} {
		w := inProcess(t, open(t, cfg))
		if got := *w.set(t, "x", "v").Attributes.RecoveryLevel; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// TestDeleteRace: a delete is how Keydesk claims something, so exactly one may win.
func TestDeleteRace(t *testing.T) {
	both(t, embedded.Config{}, func(t *testing.T, w *world) {
		for round := range 5 {
			name := fmt.Sprintf("race-%d", round)
			w.set(t, name, "v")
			var mu sync.Mutex
			statuses := map[int]int{}
			var wg sync.WaitGroup
			for range 50 {
				wg.Go(func() {
					_, err := w.c.DeleteSecret(t.Context(), name, nil)
					status := 200
					if re, failed := errors.AsType[*azcore.ResponseError](err); failed {
						status = re.StatusCode
					} else if err != nil {
						status = -1
					}
					mu.Lock()
					statuses[status]++
					mu.Unlock()
				})
			}
			wg.Wait()
			if statuses[200] != 1 || statuses[404] != 49 {
				t.Errorf("answers: %v", statuses)
			}
		}
	})
}
