// Idempotency keys (draft-ietf-httpapi-idempotency-key-header): a write with an Idempotency-Key runs once;
// the same request again within 24 hours gets the first answer. Kept in the state store. Thread-safe.
#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "model/message.h"
#include "net/http_server.h"
#include "store/database.h"

namespace vedette::server {

class Idempotency {
 public:
  Idempotency(store::Database& database, const Clock& clock);

  // Runs `work` unless its answer is known. Another request under the same key: 422. The first one still
  // runs, or the server died while it ran: 409; nothing runs twice under one key. Server errors (5xx) and 429
  // are not kept, so that they may be tried again. With `secret` only the fact is kept, and a repetition gets
  // 409.
  net::Response once(const net::Request& request, const std::string& principal, bool secret,
                     Language language, const std::function<net::Response()>& work);

 private:
  store::Database& database_;
  const Clock& clock_;
  const std::string run_;  // this run of the program: what an earlier one left unfinished stays so
};

}  // namespace vedette::server
