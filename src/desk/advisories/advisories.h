// Advisories: adding, listing and withdrawing what authorities warned of, and what is remembered of the
// search for it in older events. What the API and the log watch's wiring call.
//
// Every change is one transaction with its audit row; what a look back found is reported in the transaction
// that stores it. Thread-safe; blocks for a read or a commit.
#pragma once

#include <functional>

#include "desk/advisories/advisory.h"

namespace vedette::desk {

class Advisories {
 public:
  Advisories(store::Database& database, Desk& desk, const Clock& clock)
      : database_(database), desk_(desk), clock_(clock) {}

  Result<Listing<Advisory>> list(const std::string& cursor, std::size_t limit);
  Result<Advisory> get(const std::string& id);
  Result<std::vector<Indicator>> indicators(const std::string& id, std::int64_t from, std::int64_t limit);
  Result<std::vector<AdvisoryHit>> hits(const std::string& id);

  // Title, reference, authority, source, TLP, severity, span, look_back.days, by_person and confirmed_by
  // (empty: it waits for confirm()) are taken from `draft`. kInvalid, kLimit: nothing was stored; a file of
  // which nothing can be used is refused.
  Result<Advisory> add(const Advisory& draft, std::string_view file, const std::string& by);
  // What came by mail: each waits for confirm(). `findings` and `also` are made of them and kept in the same
  // transaction. kInvalid, kLimit: nothing was stored.
  struct Incoming {
    Advisory draft = {};
    std::string_view file = {};
  };
  Result<std::vector<Advisory>> receive(
      const std::vector<Incoming>& all, const std::string& by,
      const std::function<std::vector<Finding>(const std::vector<Advisory>&)>& findings,
      const std::function<Result<void>(store::Session&, const std::vector<Advisory>&)>& also);
  // It is genuine and fit to be watched for; in force from now on. `leads`: a lead or above. kForbidden: who
  // added it, or what nobody of ours added and no lead confirms.
  Result<Advisory> confirm(const std::string& id, const std::string& by, bool leads);
  Result<Advisory> withdraw(const std::string& id, const std::string& why, const std::string& by);
  // Once more, over so many days. kConflict: one is under way.
  Result<Advisory> look_back(const std::string& id, std::int64_t days, const std::string& by);

  // What is to be watched for at `now`: advisories in force with those of their indicators that are valid.
  struct Watched {
    Advisory advisory = {};
    std::vector<Indicator> indicators = {};
  };
  Result<std::vector<Watched>> watched(WallTime now);
  // One of them alone, whatever its span.
  Result<Watched> watched(const std::string& id);
  // Called after what is watched for has changed; by the thread that changed it. Set it before others call.
  void on_change(std::function<void()> changed) { changed_ = std::move(changed); }

  Result<std::optional<Advisory>> next_look_back();
  // Where the look back stands. One that was withdrawn or asked for anew meanwhile is kNotFound: give it up.
  Result<void> looked(const std::string& id, const LookBack& so_far);
  // It is over: hits and findings in one transaction.
  Result<void> looked(const std::string& id, const LookBack& whole, const std::vector<AdvisoryHit>& hits,
                      const std::vector<Finding>& findings);

 private:
  struct Prepared {
    Advisory made = {};
    std::vector<Indicator> indicators = {};
  };
  Result<Prepared> prepare(const Advisory& draft, std::string_view file, const std::string& by) const;
  Result<void> keep(store::Session& session, Prepared& one);
  using Deed = std::function<Result<void>(Advisory&, store::Session&)>;
  Result<Advisory> act(const std::string& id, const std::string& by, std::string_view action,
                       const Deed& deed);
  void tell() const {
    if (changed_) changed_();
  }

  store::Database& database_;
  Desk& desk_;
  const Clock& clock_;
  std::function<void()> changed_;
};

}  // namespace vedette::desk
