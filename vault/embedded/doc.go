// Package embedded is Key Vault's secrets REST API as an http.Handler over one encrypted file.
//
// It answers the calls that azsecrets v1.5.1 makes (set, get, update, delete, list, versions, deleted,
// recover, purge; api-version 2026-04-01) the way Azure does: challenge, codes, error bodies, pages,
// versions, soft delete. A client cannot tell it from a vault in Azure, so no caller needs a second code
// path. Backup and restore are answered with 501: the file itself is what one copies.
//
// # Promise
//
//   - A write is on disk before its answer leaves: one bbolt transaction, synced. Writers that arrive while
//     a sync runs share the next one; a lone writer never waits for company.
//   - A file is never overwritten or formatted anew. A file that cannot be opened as it is (wrong key,
//     foreign, damaged, in use, its key missing) is refused with an error that says which.
//   - One process at a time, by the file lock.
//
// # Format
//
// bbolt buckets: "meta" (format, salt, key check), "secrets" and "deleted" (a head each: name, current
// version, dates), "versions" (properties and value). Keys are HMAC-SHA256 of the lower-cased name, for
// versions followed by the 16 bytes of the version. Every head and version is sealed with AES-256-GCM under
// a key derived by HKDF-SHA256 from the master key and the file's salt, with a random nonce and with bucket
// and key as associated data: a record that is moved, swapped or copied from another file does not open.
//
// # Threats
//
// Who has the file alone learns how many secrets and versions there are, their versions' ids and rough sizes;
// no value, name, tag or date. Who can write the file can remove records or put back an older file; that is
// not noticed here (Keydesk's audit log is the place where it shows). Purged records stay as sealed bytes on
// free pages until they are reused. The master key beside the file protects copies and backups of the file
// alone, not against somebody who reads the whole folder; give Config.MasterKey to keep them apart.
//
// Facts about Azure: learn.microsoft.com/azure/key-vault (about-secrets, soft-delete-overview,
// authentication-requests-and-responses), the REST reference and the recordings in the Azure SDKs' tests.
package embedded
