// The part of the API about evidence: for the table of operations, and for what else takes evidence in.
#pragma once

#include "desk/evidence/evidence.h"
#include "server/api/operation.h"

namespace vedette::server {

struct Api;
std::vector<Operation> evidence_operations(Api& api);
Schema evidence_shape();
net::Response evidence_response(const desk::EvidenceItem& item);  // 201

}  // namespace vedette::server
