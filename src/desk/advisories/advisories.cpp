#include "desk/advisories/advisories.h"

#include <boost/json.hpp>

#include "base/hash.h"
#include "base/id.h"
#include "base/text/utf8.h"
#include "model/refusal.h"
#include "store/read_value.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;

Result<void> check_name(std::string_view field, const std::string& text, bool needed) {
  if (needed && text.find_first_not_of(' ') == std::string::npos)
    return refuse(ErrorCode::kInvalid, "advisory.missing", {{"field", std::string(field)}});
  const bool fits = text.size() <= AdvisoryRules::kNameBytes && is_valid_utf8(text) &&
                    std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (fits) return {};
  return refuse(ErrorCode::kInvalid, "advisory.text",
                {{"field", std::string(field)}, {"most", std::to_string(AdvisoryRules::kNameBytes)}});
}

Result<void> check_advisory(const Advisory& draft) {
  TRY(check_name("title", draft.title, true));
  TRY(check_name("reference", draft.reference, true));
  TRY(check_name("authority", draft.authority, true));
  TRY(check_name("source", draft.source, false));
  if (draft.valid_from && draft.valid_until && *draft.valid_until <= *draft.valid_from)
    return refuse(ErrorCode::kInvalid, "advisory.span");
  return {};
}

bool valid_at(const Indicator& indicator, WallTime now) {
  return (!indicator.valid_from || *indicator.valid_from <= now) &&
         (!indicator.valid_until || *indicator.valid_until > now);
}

Result<void> check_room(store::Session& session, const Advisory& one, WallTime now) {
  TRY_ASSIGN(auto there, indicators_in_force(session, now));
  if (there + one.indicators <= AdvisoryRules::kAllIndicators) return {};
  return refuse(ErrorCode::kLimit, "advisory.all_many",
                {{"most", std::to_string(AdvisoryRules::kAllIndicators)}});
}

std::string advisory_detail(const Advisory& advisory) {
  return json::serialize(json::object{{"title", advisory.title},
                                      {"reference", advisory.reference},
                                      {"authority", advisory.authority},
                                      {"sha256", advisory.sha256},
                                      {"indicators", advisory.indicators},
                                      {"not_used", advisory.not_used_count},
                                      {"why", advisory.withdrawn_why}});
}

}  // namespace

Result<Listing<Advisory>> Advisories::list(const std::string& cursor, std::size_t limit) {
  return store::read_value(database_,
                           [&](store::Session& session) { return list_advisories(session, cursor, limit); });
}

Result<Advisory> Advisories::get(const std::string& id) {
  return store::read_value(database_, [&](store::Session& session) { return load_advisory(session, id); });
}

Result<std::vector<Indicator>> Advisories::indicators(const std::string& id, std::int64_t from,
                                                      std::int64_t limit) {
  std::vector<Indicator> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY(load_advisory(session, id));
    TRY_ASSIGN(out, load_indicators(session, id, from, limit));
    return {};
  }));
  return out;
}

Result<std::vector<AdvisoryHit>> Advisories::hits(const std::string& id) {
  std::vector<AdvisoryHit> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY(load_advisory(session, id));
    TRY_ASSIGN(out, load_advisory_hits(session, id));
    return {};
  }));
  return out;
}

Result<Advisories::Prepared> Advisories::prepare(const Advisory& draft, std::string_view file,
                                                 const std::string& by) const {
  TRY(check_advisory(draft));
  TRY_ASSIGN(auto read, read_advisory(file));
  if (read.indicators.empty()) return refuse(ErrorCode::kInvalid, "advisory.nothing");
  Prepared out{draft, std::move(read.indicators)};
  auto& made = out.made;
  made.id = new_id(clock_);
  made.format = read.format;
  made.sha256 = sha256_hex(file);
  made.made_by = by;
  made.indicators = static_cast<std::int64_t>(out.indicators.size());
  made.not_used = std::move(read.not_used);
  made.not_used_count = static_cast<std::int64_t>(read.not_used_count);
  made.look_back = {.state = draft.look_back.days > 0 ? LookBackState::kWaiting : LookBackState::kNone,
                    .days = std::clamp<std::int64_t>(draft.look_back.days, 0, AdvisoryRules::kLookBackDays)};
  return out;
}

Result<void> Advisories::keep(store::Session& session, Prepared& one) {
  auto& made = one.made;
  made.made_at = clock_.wall();
  if (!made.confirmed_by.empty()) {
    made.confirmed_at = made.made_at;
    TRY(check_room(session, made, made.made_at));
  }
  TRY(insert_advisory(session, made, one.indicators));
  return append_audit(session, made.made_at, made.made_by, "advisory.added", "advisory/" + made.id,
                      advisory_detail(made));
}

Result<Advisory> Advisories::add(const Advisory& draft, std::string_view file, const std::string& by) {
  TRY_ASSIGN(auto one, prepare(draft, file, by));
  TRY(database_.write([&](store::Session& session) { return keep(session, one); }));
  tell();
  return std::move(one.made);
}

Result<std::vector<Advisory>> Advisories::receive(
    const std::vector<Incoming>& all, const std::string& by,
    const std::function<std::vector<Finding>(const std::vector<Advisory>&)>& findings,
    const std::function<Result<void>(store::Session&, const std::vector<Advisory>&)>& also) {
  std::vector<Prepared> prepared;
  std::vector<Advisory> made;
  for (const auto& one : all) {
    TRY_ASSIGN(auto ready, prepare(one.draft, one.file, by));
    made.push_back(ready.made);
    prepared.push_back(std::move(ready));
  }
  TRY(desk_.report_alongside(findings(made), [&](store::Session& session) -> Result<void> {
    for (auto& one : prepared) TRY(keep(session, one));
    return also(session, made);
  }));
  return made;
}

Result<Advisory> Advisories::act(const std::string& id, const std::string& by, std::string_view action,
                                 const Deed& deed) {
  Advisory out;
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(out, load_advisory(session, id));
    if (out.withdrawn_at) return refuse(ErrorCode::kConflict, "advisory.withdrawn");
    TRY(deed(out, session));
    TRY(save_advisory(session, out));
    return append_audit(session, clock_.wall(), by, fmt::format("advisory.{}", action), "advisory/" + id,
                        advisory_detail(out));
  }));
  tell();
  return out;
}

Result<Advisory> Advisories::confirm(const std::string& id, const std::string& by, bool leads) {
  return act(id, by, "confirmed", [&](Advisory& one, store::Session& session) -> Result<void> {
    if (one.confirmed_at) return refuse(ErrorCode::kConflict, "advisory.confirmed");
    if (one.made_by == by) return refuse(ErrorCode::kForbidden, "advisory.own");
    if (!one.by_person && !leads) return refuse(ErrorCode::kForbidden, "advisory.lead");
    const auto now = clock_.wall();
    TRY(check_room(session, one, now));
    one.confirmed_at = now;
    one.confirmed_by = by;
    return {};
  });
}

Result<Advisory> Advisories::withdraw(const std::string& id, const std::string& why, const std::string& by) {
  if (why.find_first_not_of(" \n\t") == std::string::npos || why.size() > AdvisoryRules::kReasonBytes)
    return refuse(ErrorCode::kInvalid, "advisory.reason",
                  {{"most", std::to_string(AdvisoryRules::kReasonBytes)}});
  return act(id, by, "withdrawn", [&](Advisory& one, store::Session&) -> Result<void> {
    one.withdrawn_at = clock_.wall();
    one.withdrawn_by = by;
    one.withdrawn_why = why;
    return {};
  });
}

Result<Advisory> Advisories::look_back(const std::string& id, std::int64_t days, const std::string& by) {
  return act(id, by, "searched", [&](Advisory& one, store::Session&) -> Result<void> {
    if (!one.confirmed_at) return refuse(ErrorCode::kConflict, "advisory.unconfirmed");
    const auto state = one.look_back.state;
    if (state == LookBackState::kWaiting || state == LookBackState::kRunning)
      return refuse(ErrorCode::kConflict, "advisory.searching");
    one.look_back = {.state = LookBackState::kWaiting,
                     .days = std::clamp<std::int64_t>(days, 1, AdvisoryRules::kLookBackDays)};
    return {};
  });
}

Result<std::vector<Advisories::Watched>> Advisories::watched(WallTime now) {
  std::vector<Watched> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto all, advisories_in_force(session, now));
    for (auto& one : all) {
      TRY_ASSIGN(auto indicators, load_indicators(session, one.id, 0, AdvisoryRules::kAllIndicators));
      std::erase_if(indicators, [&](const Indicator& indicator) { return !valid_at(indicator, now); });
      if (!indicators.empty()) out.push_back({std::move(one), std::move(indicators)});
    }
    return {};
  }));
  return out;
}

Result<Advisories::Watched> Advisories::watched(const std::string& id) {
  Watched out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(out.advisory, load_advisory(session, id));
    TRY_ASSIGN(out.indicators, load_indicators(session, id, 0, AdvisoryRules::kAllIndicators));
    return {};
  }));
  return out;
}

Result<std::optional<Advisory>> Advisories::next_look_back() {
  return store::read_value(database_, [&](store::Session& session) { return desk::next_look_back(session); });
}

namespace {

Result<void> store_look_back(store::Session& session, const std::string& id, const LookBack& look_back) {
  TRY_ASSIGN(auto advisory, load_advisory(session, id));
  if (advisory.withdrawn_at) return refuse(ErrorCode::kNotFound, "advisory.withdrawn");
  advisory.look_back = look_back;
  return save_advisory(session, advisory);
}

}  // namespace

Result<void> Advisories::looked(const std::string& id, const LookBack& so_far) {
  return database_.write([&](store::Session& session) { return store_look_back(session, id, so_far); });
}

Result<void> Advisories::looked(const std::string& id, const LookBack& whole,
                                const std::vector<AdvisoryHit>& hits, const std::vector<Finding>& findings) {
  return desk_.report_alongside(findings, [&](store::Session& session) -> Result<void> {
    TRY(store_look_back(session, id, whole));
    return replace_advisory_hits(session, id, hits);
  });
}

}  // namespace vedette::desk
