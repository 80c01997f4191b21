// Renewal: a new certificate before the present one ends, with a new key. The files of the new pair stand
// beside the old ones; agent.json names the pair in use, so the change is one rename and a crash leaves
// either. The server takes the old one until it has seen the new one.
#pragma once

#include "agent/enrolment.h"
#include "net/certificate_authority.h"

namespace vedette::agent {

// Less than a third of its life is left, or less than 30 days of a life longer than 90.
bool renewal_due(const net::CertificateFacts& certificate, WallTime now);
Result<net::CertificateFacts> certificate_in_use(const Identity& identity);
// Asks the server; the identity with the new pair is in force when this returns. Errors leave the old one.
Result<Identity> renew(const std::filesystem::path& state, const Identity& identity, WallTime now);
// Removes pairs that are not in use.
void remove_old_pairs(const std::filesystem::path& state, const Identity& identity);

}  // namespace vedette::agent
