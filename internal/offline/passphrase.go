package offline

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
)

// readOrCreatePassphrase returns the passphrase of the stack's secrets provider, which a new stack gets at random.
func readOrCreatePassphrase(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(data)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the stack's passphrase: %w", err)
	}
	passphrase := rand.Text()
	if err := os.WriteFile(path, []byte(passphrase+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("store the stack's passphrase: %w", err)
	}
	return passphrase, nil
}

const (
	// saltVersion is the one version there is of the passphrase provider's encryptionsalt, which is
	// "v1:<salt>:<saltProof, encrypted>" with the salt in base64.
	saltVersion = "v1"
	// saltProof is the text by which the provider tells the right passphrase.
	saltProof = "pulumi"
	// saltBytes is the length of the salts that the provider makes.
	saltBytes = 8
)

// openCrypter returns what encrypts as Pulumi's passphrase provider does with the encryptionsalt of a stack; a stack
// without one gets a new one. Doing this here spares each run from starting the CLI once per value.
func openCrypter(ctx context.Context, passphrase, encryptionSalt string) (config.Crypter, string, error) {
	if encryptionSalt == "" {
		return newCrypter(ctx, passphrase)
	}
	parts := strings.SplitN(encryptionSalt, ":", 3)
	if len(parts) != 3 || parts[0] != saltVersion {
		return nil, "", errors.New("the stack's encryption salt is not one of the passphrase provider")
	}
	salt, err := base64.StdEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, "", fmt.Errorf("read the stack's encryption salt: %w", err)
	}
	crypter := deriveCrypter(passphrase, salt)
	if proof, err := crypter.DecryptValue(ctx, parts[2]); err != nil || proof != saltProof {
		return nil, "", errors.New("the stack's passphrase does not fit its encryption salt: " +
			"delete the stack's state directory to start afresh")
	}
	return crypter, encryptionSalt, nil
}

func newCrypter(ctx context.Context, passphrase string) (config.Crypter, string, error) {
	salt := make([]byte, saltBytes)
	if _, err := rand.Read(salt); err != nil {
		return nil, "", fmt.Errorf("make an encryption salt: %w", err)
	}
	crypter := deriveCrypter(passphrase, salt)
	proof, err := crypter.EncryptValue(ctx, saltProof)
	if err != nil {
		return nil, "", fmt.Errorf("make an encryption salt: %w", err)
	}
	return crypter, saltVersion + ":" + base64.StdEncoding.EncodeToString(salt) + ":" + proof, nil
}

// derived are the crypters of this process by passphrase and salt: deriving a key takes a quarter of a second of CPU.
var derived sync.Map

func deriveCrypter(passphrase string, salt []byte) config.Crypter {
	key := [2]string{passphrase, string(salt)}
	if known, found := derived.Load(key); found {
		return known.(config.Crypter)
	}
	crypter := config.NewSymmetricCrypterFromPassphrase(passphrase, salt)
	derived.Store(key, crypter)
	return crypter
}
