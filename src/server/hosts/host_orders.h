// HostOrders: what people ask of a host about a file incident, and what became of it.
//
//   queued ──given to the agent──> sent ──its result──> done | failed
//      └────────── expires_at ───────┴──> expired (a result that comes later still counts)
//
// An order is signed when it is given and stored with its signature and its audit row in one transaction; it
// is sent with each heartbeat until its result is here, and the agent passes over what it has done. So a
// crash of either side, before or after sending, neither loses an order nor does it twice. There are four
// kinds and none that runs a program. Thread-safe.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/signature.h"
#include "model/message.h"
#include "server/hosts/host_news.h"
#include "store/database.h"

namespace vedette::server {

struct HostOrder {
  std::string id, host_id, incident_id;
  std::string kind;   // "freeze", "thaw", "rollback", "allow"
  std::string state;  // "queued", "sent", "done", "failed", "expired"
  std::string by;
  WallTime at{}, expires_at{};
  std::optional<WallTime> sent_at, done_at;
  std::optional<Message> result;
  bool under_way() const { return state == "queued" || state == "sent"; }
};

// What goes to an agent: JSON, and the Ed25519 signature over its bytes (base64).
struct SignedText {
  std::string payload, signature;
};

class HostOrders {
 public:
  HostOrders(std::chrono::seconds life, store::Database& database, const SigningKey& key,
             const HostNews& news, const Clock& clock)
      : life_(life), database_(database), key_(key), news_(news), clock_(clock) {}

  // `allow_for`: of kind "allow". kConflict: it makes no sense now; the message says why. kNotFound: there is
  // no such incident.
  Result<HostOrder> give(const std::string& incident_id, const std::string& kind,
                         std::optional<std::chrono::seconds> allow_for, const std::string& note,
                         const std::string& by);
  struct Page {
    std::vector<HostOrder> items;  // newest first
    std::string next_cursor;
  };
  Result<Page> of_host(const std::string& host_id, const std::string& cursor, std::size_t limit);
  // Ends those whose time is over.
  Result<void> tick();

  static constexpr std::size_t kAtOnce = 16;
  // Inside the caller's transaction: those under way, the oldest first, as signed orders; from now on they
  // are sent. `changed`: incidents whose orders are sent for the first time.
  Result<std::vector<SignedText>> take_due(store::Session& session, const std::string& host_id,
                                           std::vector<std::string>& changed) const;
  // Inside the caller's transaction: what the agent says became of one. False: this host has no such order.
  Result<bool> finish(store::Session& session, const std::string& host_id, const std::string& host_name,
                      const std::string& order_id, bool ok, const std::optional<Message>& text) const;
  // Inside the caller's transaction: the host takes none any more.
  Result<void> end_all(store::Session& session, const std::string& host_id) const;

 private:
  const std::chrono::seconds life_;
  store::Database& database_;
  const SigningKey& key_;
  const HostNews& news_;
  const Clock& clock_;
};

}  // namespace vedette::server
