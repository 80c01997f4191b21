// The OpenAPI 3.1 document, written from the route table that serves. Pure.
#pragma once

#include <span>
#include <string>

#include "server/api/operation.h"

namespace vedette::server {

std::string openapi_document(std::span<const Operation> operations, const Components& components,
                             std::string_view version);

}  // namespace vedette::server
