package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// Settings are what admins set in chat, as opposed to the environment.
type Settings struct {
	// Channels are places the bot posts to, by what for: "approvals", "digest".
	Channels map[string]Channel `json:"channels,omitzero"`
	// Values are all other settings, by name.
	Values map[string]string `json:"values,omitzero"`

	version string // the version they were read from; "" when there were none
}

// Channel is a conversation that is no person's own chat.
type Channel struct {
	Conversation string `json:"conversation"`
	ServiceURL   string `json:"serviceUrl"`
	Tenant       string `json:"tenant,omitzero"`
	Name         string `json:"name,omitzero"`
}

// Settings reads the settings anew; the zero Settings when none were ever saved.
// ErrForeign, ErrDisabled, ErrBadValue (not readable), ErrForbidden, ErrThrottled, ErrUnavailable.
func (s *Store) Settings(ctx context.Context) (Settings, error) {
	set, err := s.readSettings(ctx)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return Settings{}, fmt.Errorf("reading the settings: %w", err)
	}
	return set, nil
}

func (s *Store) readSettings(ctx context.Context) (Settings, error) {
	sec, err := s.client.get(ctx, settingsName, "")
	if err != nil {
		return Settings{}, err
	}
	if deref(sec.ContentType) != contentSetting {
		return Settings{}, ErrForeign
	}
	var set Settings
	if json.Unmarshal([]byte(deref(sec.Value)), &set) != nil {
		return Settings{}, ErrBadValue
	}
	_, set.version = idOf(string(deref(sec.ID)))
	return set, nil
}

// SaveSettings stores settings that were read with Settings. ErrMoved when they have been changed
// since they were read; nothing is written then. The others are those of Settings, and ErrTooBig,
// ErrDeleted, ErrUnclear.
func (s *Store) SaveSettings(ctx context.Context, set Settings) error {
	if err := s.saveSettings(ctx, set); err != nil {
		return fmt.Errorf("saving the settings: %w", err)
	}
	return nil
}

func (s *Store) saveSettings(ctx context.Context, set Settings) error {
	value, err := json.Marshal(set)
	if err != nil {
		return ErrBadValue
	}
	if len(value) > MaxValue {
		return ErrTooBig
	}
	release, err := s.locks.hold(ctx, settingsName)
	if err != nil {
		return err
	}
	defer release()
	now, err := s.readSettings(ctx)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if now.version != set.version {
		return ErrMoved
	}
	return s.put(ctx, record{name: settingsName, content: contentSetting, value: string(value)})
}

// NoteKey is the key that signs checkpoints. On first use it is made and stored; of two processes
// that do so at once, both end with the older one's.
// ErrForeign, ErrDeleted, ErrDisabled, ErrForbidden, ErrThrottled, ErrUnavailable, ErrUnclear.
func (s *Store) NoteKey(ctx context.Context, make func() (string, error)) (string, error) {
	key, err := s.noteKey(ctx, make)
	if err != nil {
		return "", fmt.Errorf("reading the signing key: %w", err)
	}
	return key, nil
}

func (s *Store) noteKey(ctx context.Context, make func() (string, error)) (string, error) {
	release, err := s.locks.hold(ctx, noteKeyName)
	if err != nil {
		return "", err
	}
	defer release()
	key, err := s.readNoteKey(ctx, "")
	if !errors.Is(err, ErrNotFound) {
		return key, err
	}
	if key, err = make(); err != nil {
		return "", err
	}
	if err := s.setNoteKey(ctx, key); err != nil {
		return "", err
	}
	return s.oldestNoteKey(ctx, key)
}

// oldestNoteKey settles who was first. The later one writes the first key again, as what is
// current is what everybody will read from now on.
func (s *Store) oldestNoteKey(ctx context.Context, mine string) (string, error) {
	all, err := s.client.versions(ctx, again, noteKeyName)
	if err != nil {
		return "", err
	}
	if len(all) == 1 {
		return mine, nil
	}
	_, id := idOf(string(*oldestFirst(all)[0].ID))
	first, err := s.readNoteKey(ctx, id)
	if err != nil || first == mine {
		return first, err
	}
	return first, s.setNoteKey(ctx, first)
}

func (s *Store) readNoteKey(ctx context.Context, version string) (string, error) {
	sec, err := s.client.get(ctx, noteKeyName, version)
	if err != nil {
		return "", err
	}
	if deref(sec.ContentType) != contentNoteKey {
		return "", ErrForeign
	}
	return deref(sec.Value), nil
}

func (s *Store) setNoteKey(ctx context.Context, key string) error {
	return s.put(ctx, record{name: noteKeyName, content: contentNoteKey, value: key})
}
