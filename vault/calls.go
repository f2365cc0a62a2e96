package vault

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azsecrets"
)

// update changes the tags and attributes of one version; its answer holds no value.
func (c *client) update(
	ctx context.Context, how mode, name, version string, p azsecrets.UpdateSecretPropertiesParameters,
) (azsecrets.Secret, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	resp, err := c.sdk.UpdateSecretProperties(how(ctx), name, version, p, nil)
	if err != nil {
		return azsecrets.Secret{}, fault(err)
	}
	return resp.Secret, nil
}

// getDeleted reads what is left of a deleted secret; there is no value in it.
func (c *client) getDeleted(ctx context.Context, name string) (azsecrets.DeletedSecret, error) {
	ctx, cancel := bounded(ctx)
	defer cancel()
	resp, err := c.sdk.GetDeletedSecret(again(ctx), name, nil)
	if err != nil {
		return azsecrets.DeletedSecret{}, fault(err)
	}
	return resp.DeletedSecret, nil
}

// listDeleted hands every deleted secret to each, over all pages.
func (c *client) listDeleted(ctx context.Context, each func(*azsecrets.DeletedSecretProperties)) error {
	pages := c.sdk.NewListDeletedSecretPropertiesPager(nil)
	for pages.More() {
		page, err := pages.NextPage(again(ctx))
		if err != nil {
			return fault(err)
		}
		for _, p := range page.Value {
			if p != nil && p.ID != nil {
				each(p)
			}
		}
	}
	return nil
}

// recover starts bringing a deleted secret back.
func (c *client) recover(ctx context.Context, name string) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	if _, err := c.sdk.RecoverDeletedSecret(throttled(ctx), name, nil); err != nil {
		return fault(err)
	}
	return nil
}

// purge ends a deleted secret for good.
func (c *client) purge(ctx context.Context, name string) error {
	ctx, cancel := bounded(ctx)
	defer cancel()
	if _, err := c.sdk.PurgeDeletedSecret(throttled(ctx), name, nil); err != nil {
		return fault(err)
	}
	return nil
}
