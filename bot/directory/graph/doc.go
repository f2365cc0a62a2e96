// Package graph asks Microsoft Graph which of the role groups a person is in, and who is in them.
//
// Promise: a role is given only on Graph's own word, for a group that was asked about. No answer is an error,
// never roles: Graph down, throttled past the caller's deadline, a permission missing, an answer that is no
// answer. A person Graph does not know holds no role, and that is no error.
//
// Permissions, application, with admin consent: User.ReadBasic.All and GroupMember.Read.All, the least for a
// user's checkMemberGroups (learn.microsoft.com/graph/api/directoryobject-checkmembergroups). Groups that
// hide their members need Member.Read.Hidden too; without it Graph leaves them out in silence, and they give
// nobody a role.
//
// Invariants:
//   - checkMemberGroups takes 20 ids a call and is transitive; one id that is not there fails all of them
//     with the same 404 as an unknown person. So a refused call is followed by a question that only names the
//     person: unknown there is unknown. Known, and the groups are asked one by one; a group is called gone
//     only if it was refused alone and the person was still there afterwards. It then empties its own role
//     and is left out for [GoneFor], so that not every call is refused.
//   - Ids are compared without regard to case, and groups in an answer that were not asked about are ignored.
//   - 429, 5xx and lost connections are asked again within the caller's deadline ([AskFor] without one); a
//     Retry-After beyond it fails at once. 401 and 403 are final. The first try may take half of the time, so
//     that a dead connection leaves time for another. All calls only read, so repeating one is safe.
//   - The SDK's own middleware is not used: its retries wait without regard to the deadline and it follows
//     redirects. Nothing here does, so the token goes to the one host of [Config.URL].
//
// Threats: a Graph, or something in its place, that answers with too much ([MaxAnswer]), never, with a next
// page elsewhere, or with words that name ids and places: no error here repeats what Graph said (the cause
// is wrapped, for logs that want its type).
//
// Only this package imports msgraph-sdk-go, and of it only directoryobjects. Its build, cold on 2 cores: 95 s
// of processor time and 4.6 GB in one compile (the SDK's models), for 2.8 MB in the binary; models themselves
// are not used here, they would make that 33 MB.
package graph
