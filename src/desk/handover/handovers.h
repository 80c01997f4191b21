// Handovers: at a change of shift, the list of what is open, signed by who leaves and who comes. What the API
// calls.
//
// The list is made from the desk as it is, and frozen when a draft is stored. Every act is one transaction
// with its audit row. check_unsigned() reports a change of shift without a signed handover, where the setting
// asks for it. Thread-safe; blocks for a read or a commit.
#pragma once

#include <chrono>

#include "desk/handover/handover.h"
#include "desk/incidents/incidents.h"
#include "desk/reports/reports.h"
#include "desk/roster/rosters.h"

namespace vedette::desk {

inline constexpr std::string_view kHandoverUnsigned = "handover_unsigned";

class Handovers {
 public:
  // What only others know: watches that are blind, sources that are silent. kind "blind".
  using Blind = std::function<std::vector<HandoverItem>()>;
  Handovers(store::Database& database, Desk& desk, Rosters& rosters, Incidents& incidents, Reports& reports,
            const Clock& clock, Blind blind);

  // What a handover made now would say; nothing is stored. `roster_id` may be empty: no gaps then.
  Result<std::vector<HandoverItem>> preview(const std::string& roster_id);
  Result<Listing<Handover>> list(const std::string& cursor, std::size_t limit);
  Result<Handover> get(const std::string& id);

  // Freezes the list of now with these notes; earlier ones of the roster that nobody took are withdrawn.
  Result<Handover> make(const std::string& roster_id, const std::string& notes, const std::string& by);
  // The signatures. `sha256`: of the list that was read. kForbidden: who took it may not be who gave it.
  Result<Handover> give(const std::string& id, const std::string& sha256, const std::string& by);
  Result<Handover> take(const std::string& id, const std::string& sha256, const std::string& remarks,
                        const std::string& by);
  Result<Handover> withdraw(const std::string& id, const std::string& by);

  // A change of shift in a roster's first tier that is `after` ago, at most a day, and since shortly before
  // which no handover was taken, is a finding; so is its end. Zero: none is reported, what was is over. Call
  // it about once a minute. How many it reported.
  Result<std::size_t> check_unsigned(std::chrono::minutes after);

 private:
  using Act = std::function<Result<std::string>(store::Session&, Handover&)>;  // the action, "" for nothing
  Result<Handover> act(const std::string& id, const std::string& by, const Act& deed);
  Result<void> audit(store::Session& session, const Handover& handover, std::string_view action,
                     const std::string& by);
  Result<void> add_alerts(std::vector<HandoverItem>& out);
  Result<void> add_cases(std::vector<HandoverItem>& out);
  Result<void> add_roster(const std::string& roster_id, std::vector<HandoverItem>& out);

  store::Database& database_;
  Desk& desk_;
  Rosters& rosters_;
  Incidents& incidents_;
  Reports& reports_;
  const Clock& clock_;
  const Blind blind_;
};

}  // namespace vedette::desk
