// Package tenant is a company as Keydesk meets it, over TLS on this machine: Entra, Graph, a Key Vault with
// its challenge, the Bot Connector, and an address in front of the bot; with people, their groups, and what they
// do in Teams and in a browser. Vault, Graph and connector take only tokens that its Entra gave for them.
// Only tests may import it.
package tenant
