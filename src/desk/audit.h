// The audit log: who did what, chained by SHA-256, so that a row that was changed, removed or put in shows.
// hash = SHA-256 over the previous hash and this row's fields, each with its length before it.
// Cutting off the newest rows does not break the chain: the newest hash is logged at every start, to compare
// with.
#pragma once

#include "desk/desk.h"

namespace vedette::desk {

Result<Listing<AuditEntry>> read_audit(store::Session& session, const std::string& cursor, std::size_t limit);
Result<void> check_audit(store::Session& session);
Result<std::string> newest_audit_hash(store::Session& session);

}  // namespace vedette::desk
