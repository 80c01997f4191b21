#include "desk/reports/report_facts.h"

#include <array>

#include "desk/alert_store.h"
#include "desk/incidents/incident_store.h"
#include "desk/roster/person.h"

namespace vedette::desk {
namespace {

constexpr std::size_t kListed = 200;
constexpr std::array kNames{std::string_view("incident_reference"),
                            std::string_view("incident_title"),
                            std::string_view("incident_summary"),
                            std::string_view("severity"),
                            std::string_view("tlp"),
                            std::string_view("phase"),
                            std::string_view("detected_at"),
                            std::string_view("aware_at"),
                            std::string_view("request_received_at"),
                            std::string_view("finished_at"),
                            std::string_view("opened_at"),
                            std::string_view("beyond_capacity"),
                            std::string_view("urgent"),
                            std::string_view("commander"),
                            std::string_view("deputy"),
                            std::string_view("scribe"),
                            std::string_view("liaison"),
                            std::string_view("alerts"),
                            std::string_view("assets"),
                            std::string_view("actions"),
                            std::string_view("reports_sent"),
                            std::string_view("clock_step"),
                            std::string_view("clock_due"),
                            std::string_view("clock_recipients"),
                            std::string_view("organisation_name"),
                            std::string_view("organisation_address"),
                            std::string_view("organisation_sector"),
                            std::string_view("organisation_contact"),
                            std::string_view("organisation_phone"),
                            std::string_view("organisation_email")};

TwoLanguages both(const Message& message) {
  return {render(message, Language::kVietnamese), render(message, Language::kEnglish)};
}
TwoLanguages same(const std::string& text) { return {text, text}; }

// "09:00 ngày 20/11/2026 (Asia/Ho_Chi_Minh)", "2026-11-20 09:00 (Asia/Ho_Chi_Minh)".
TwoLanguages written(WallTime time, const Zone& zone) {
  auto local = to_local_text(zone.local(time));  // 2026-11-20T09:00
  return {fmt::format("{} ngày {}/{}/{} ({})", local.substr(11), local.substr(8, 2), local.substr(5, 2),
                      local.substr(0, 4), zone.name()),
          fmt::format("{} {} ({})", local.substr(0, 10), local.substr(11), zone.name())};
}
TwoLanguages written(const std::optional<WallTime>& time, const Zone& zone) {
  return time ? written(*time, zone) : TwoLanguages{};
}

// A line to an entry; what is beyond kListed is counted.
class Lines {
 public:
  void add(const TwoLanguages& line) {
    if (++count_ > kListed) return;
    for (auto language : {&TwoLanguages::vi, &TwoLanguages::en})
      text_.*language += (count_ == 1 ? "" : "\n") + line.*language;
  }
  TwoLanguages text() const {
    if (count_ <= kListed) return text_;
    auto more = both({"desk.report.more", {{"n", std::to_string(count_ - kListed)}}});
    return {text_.vi + "\n" + more.vi, text_.en + "\n" + more.en};
  }

 private:
  TwoLanguages text_;
  std::size_t count_ = 0;
};

class Gathering {
 public:
  Gathering(store::Session& session, const Incident& incident, const FactContext& context)
      : session_(session), incident_(incident), context_(context) {}

  Result<Facts> all() {
    about_incident();
    TRY(about_people());
    TRY(about_alerts());
    TRY(about_actions());
    TRY(about_clocks());
    TRY(about_organisation());
    return std::move(facts_);
  }

 private:
  void put(const std::string& name, TwoLanguages text, Message source) {
    facts_[name] = {std::move(text), both(source)};
  }
  void of_incident(const std::string& name, TwoLanguages text) {
    put(name, std::move(text),
        {"desk.report_source." + name,
         {{"reference", incident_.reference}, {"revision", std::to_string(incident_.revision)}}});
  }
  TwoLanguages yes_or_no(bool value) { return both({value ? "desk.report.yes" : "desk.report.no", {}}); }

  void about_incident() {
    const auto& facts = incident_.facts;
    of_incident("incident_reference", same(incident_.reference));
    of_incident("incident_title", same(incident_.title));
    of_incident("incident_summary", same(incident_.summary));
    of_incident("severity", both({fmt::format("desk.severity.{}", to_string(incident_.severity)), {}}));
    auto tlp = std::string(to_string(incident_.tlp));
    std::ranges::transform(tlp, tlp.begin(), [](unsigned char c) { return std::toupper(c); });
    of_incident("tlp", same("TLP:" + tlp));
    of_incident("phase", both({fmt::format("desk.phase.{}", to_string(incident_.state)), {}}));
    of_incident("detected_at", written(facts.detected_at, context_.zone));
    of_incident("aware_at", written(facts.aware_at, context_.zone));
    of_incident("request_received_at", written(facts.request_received_at, context_.zone));
    of_incident("finished_at", written(facts.finished_at, context_.zone));
    of_incident("opened_at", written(incident_.created_at, context_.zone));
    of_incident("beyond_capacity", yes_or_no(facts.beyond_capacity));
    of_incident("urgent", yes_or_no(facts.urgent));
  }

  Result<void> about_people() {
    for (auto [name, role] :
         {std::pair("commander", &IncidentRoles::commander), std::pair("deputy", &IncidentRoles::deputy),
          std::pair("scribe", &IncidentRoles::scribe), std::pair("liaison", &IncidentRoles::liaison)}) {
      TwoLanguages text;
      if (!(incident_.roles.*role).empty()) {
        TRY_ASSIGN(auto person, load_person(session_, incident_.roles.*role));
        text = same(person.phone.empty() ? person.name : person.name + ", " + person.phone);
      }
      of_incident(name, std::move(text));
    }
    return {};
  }

  Result<void> about_alerts() {
    TRY_ASSIGN(auto rows,
               session_.query("SELECT a.title, a.asset_type, a.asset_name, a.first_at FROM incident_alerts l "
                              "JOIN alerts a ON a.id = l.alert_id WHERE l.incident_id = ? "
                              "ORDER BY a.first_at, a.id",
                              {incident_.id}));
    Lines alerts, assets;
    std::set<std::pair<std::string, std::string>> seen;
    for (const auto& row : rows) {
      TRY_ASSIGN(auto title, message_of(row.text(0)));
      auto at = written(from_unix_ms(row.integer(3)), context_.zone);
      auto what = both(title);
      alerts.add({fmt::format("{}: {} ({})", at.vi, what.vi, row.text(2)),
                  fmt::format("{}: {} ({})", at.en, what.en, row.text(2))});
      if (seen.emplace(row.text(1), row.text(2)).second) assets.add(same(row.text(2)));
    }
    of_incident("alerts", alerts.text());
    of_incident("assets", assets.text());
    return {};
  }

  // What people noted and which phases were reached, in the order in which it happened.
  Result<void> about_actions() {
    std::vector<std::pair<WallTime, TwoLanguages>> found;
    std::string cursor;
    do {
      TRY_ASSIGN(auto page, load_entries(session_, incident_.id, cursor, 500));
      for (const auto& one : page.items) {
        if (one.kind != "note" && one.kind != "moved" && one.kind != "closed") continue;
        found.emplace_back(one.happened_at.value_or(one.at),
                           one.kind == "moved" ? phase_reached(one.text) : both(one.text));
      }
      cursor = page.next_cursor;
    } while (!cursor.empty());
    std::ranges::stable_sort(found, {}, &std::pair<WallTime, TwoLanguages>::first);
    Lines actions;
    for (const auto& [when, what] : found) {
      const auto at = written(when, context_.zone);
      actions.add({fmt::format("{}: {}", at.vi, what.vi), fmt::format("{}: {}", at.en, what.en)});
    }
    of_incident("actions", actions.text());
    return {};
  }

  static TwoLanguages phase_reached(const Message& entry) {
    auto to = entry.arguments.find("to");
    auto out = both({"desk.phase." + (to == entry.arguments.end() ? "new" : to->second), {}});
    if (auto note = entry.arguments.find("note"); note != entry.arguments.end() && !note->second.empty()) {
      out.vi += ". " + note->second;
      out.en += ". " + note->second;
    }
    return out;
  }

  Result<void> about_clocks() {
    TRY_ASSIGN(auto reports, load_reports(session_, incident_.id));
    auto clocks =
        clocks_of(context_.regimes, incident_.regimes, incident_.facts, sent_times(reports), context_.now);
    Lines sent;
    for (const auto& one : clocks) {
      if (!one.sent_at) continue;
      auto at = written(*one.sent_at, context_.zone);
      sent.add(
          {fmt::format("{}: {}", at.vi, one.step->name.vi), fmt::format("{}: {}", at.en, one.step->name.en)});
    }
    of_incident("reports_sent", sent.text());
    auto clock = std::ranges::find(clocks, context_.clock, &LegalClock::key);
    TwoLanguages step, due;
    Lines recipients;
    std::string citation;
    if (clock != clocks.end()) {
      step = clock->step->name;
      due = written(clock->due, context_.zone);
      citation = clock->step->citation;
      for (const auto& one : clock->step->recipients) recipients.add(one);
    }
    const auto of_clock = [&](const std::string& name, TwoLanguages text) {
      put(name, std::move(text), {"desk.report_source." + name, {{"citation", citation}}});
    };
    of_clock("clock_step", std::move(step));
    of_clock("clock_due", std::move(due));
    of_clock("clock_recipients", recipients.text());
    return {};
  }

  Result<void> about_organisation() {
    TRY_ASSIGN(auto organisation, load_organisation(session_));
    for (auto [name, part] :
         {std::pair("name", &Organisation::name), std::pair("address", &Organisation::address),
          std::pair("sector", &Organisation::sector), std::pair("contact", &Organisation::contact),
          std::pair("phone", &Organisation::phone), std::pair("email", &Organisation::email)})
      put(fmt::format("organisation_{}", name), same(organisation.*part),
          {"desk.report_source.organisation", {}});
    return {};
  }

  store::Session& session_;
  const Incident& incident_;
  const FactContext& context_;
  Facts facts_;
};

}  // namespace

std::span<const std::string_view> fact_names() { return kNames; }

Result<Facts> facts_of(store::Session& session, const Incident& incident, const FactContext& context) {
  return Gathering(session, incident, context).all();
}

}  // namespace vedette::desk
