package bottest

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
)

func head(header map[string]any, c Claims) string {
	h, _ := json.Marshal(header)
	body, _ := json.Marshal(c)
	return b64(h) + "." + b64(body)
}

func signed(header map[string]any, c Claims, key *rsa.PrivateKey) string {
	text := head(header, c)
	sum := sha256.Sum256([]byte(text))
	sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		panic(err)
	}
	return text + "." + b64(sig)
}

// Unsigned is a token with the algorithm none.
func (s *Signer) Unsigned(c Claims) string {
	return head(map[string]any{"alg": "none", "typ": "JWT", "kid": s.Kid()}, c) + "."
}

// Confused is a token signed with HS256, the secret being the newest public key in PEM.
func (s *Signer) Confused(c Claims) string {
	k := s.newest()
	der, err := x509.MarshalPKIXPublicKey(&k.key.PublicKey)
	if err != nil {
		panic(err)
	}
	text := head(map[string]any{"alg": "HS256", "typ": "JWT", "kid": k.kid}, c)
	mac := hmac.New(sha256.New, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	mac.Write([]byte(text))
	return text + "." + b64(mac.Sum(nil))
}

// Forged is a token with the newest key's name, signed with a stranger's key.
func (s *Signer) Forged(c Claims) string {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return signed(map[string]any{"alg": "RS256", "typ": "JWT", "kid": s.Kid()}, c, key)
}
