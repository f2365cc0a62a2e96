// Package graph asks Microsoft Graph which of the role groups a person is in.
package graph
