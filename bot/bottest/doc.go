// Package bottest plays Microsoft's side of a Teams bot in tests, over real HTTP: the signer of activities
// with its OpenID metadata and keys, the client that sends them, the connector that takes what the bot posts,
// and Graph with its people and groups.
//
// It knows nothing of the bot it talks to. What it sends and answers follows Bot Connector authentication,
// the connector's REST reference and Graph's (learn.microsoft.com), and what Teams clients were seen to do.
// All keys are made on the spot and are good for nothing else.
package bottest
