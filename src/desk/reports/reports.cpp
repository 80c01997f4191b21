#include "desk/reports/reports.h"

#include <boost/json.hpp>

#include "base/hash.h"
#include "desk/incidents/incident_reports.h"
#include "model/refusal.h"
#include "store/read_value.h"

namespace vedette::desk {
namespace {

namespace json = boost::json;

bool may_change(ReportState state) {
  return state == ReportState::kDraft || state == ReportState::kInReview || state == ReportState::kApproved;
}

Result<void> in_state(const Report& report, std::initializer_list<ReportState> states) {
  if (std::ranges::find(states, report.state) != states.end()) return {};
  return refuse(ErrorCode::kConflict, "report.state", {{"state", std::string(to_string(report.state))}});
}

Result<void> check_length(std::string_view field, const std::string& text) {
  if (text.size() <= ReportLimits::kTextBytes) return {};
  return refuse(ErrorCode::kInvalid, "incident.text",
                {{"field", std::string(field)}, {"most", std::to_string(ReportLimits::kTextBytes)}});
}

void back_to_draft(Report& report) {
  report.state = ReportState::kDraft;
  report.paper.clear();
  report.sha256.clear();
  report.approvals.clear();
}

std::string labels_of(const Form& form, const std::vector<std::string>& ids, Language language) {
  std::string out;
  for (const auto& id : ids) {
    const auto* field = form.field(id);
    out += (out.empty() ? "" : "; ") + (field ? field->label.in(language) : id);
  }
  return out;
}

std::vector<std::string> ids_of(const std::vector<const PaperField*>& fields) {
  std::vector<std::string> out;
  for (const auto* one : fields) out.push_back(one->id);
  return out;
}

}  // namespace

Reports::Reports(store::Database& database, const Clock& clock, std::shared_ptr<const RegimeSet> regimes,
                 std::shared_ptr<const FormSet> forms)
    : database_(database), clock_(clock), regimes_(std::move(regimes)), forms_(std::move(forms)) {}

Result<Paper> Reports::paper_now(store::Session& session, const Report& report, const Incident& incident,
                                 const Form& form) const {
  TRY_ASSIGN(auto zone, Zone::find(form.zone));
  TRY_ASSIGN(auto facts, facts_of(session, incident, {*regimes_, report.clock, zone, clock_.wall()}));
  return paper_of(form, facts, report.typed);
}

Result<ReportDetail> Reports::detail(store::Session& session, Report report) const {
  ReportDetail out;
  TRY_ASSIGN(auto incident, load_incident(session, report.incident_id));
  out.reference = incident.reference;
  out.incident_title = incident.title;
  out.form = forms_->find(report.form);
  if (out.form) {
    TRY_ASSIGN(out.paper, paper_now(session, report, incident, *out.form));
  }
  if (!report.paper.empty()) {
    auto now = std::move(out.paper);
    TRY_ASSIGN(out.paper, paper_from(report.paper));
    if (out.form && may_change(report.state)) out.changed = changed_fields(out.paper, now);
  }
  out.missing = ids_of(missing_fields(out.paper));
  if (!report.clock.step.empty()) {
    TRY_ASSIGN(auto sent, load_reports(session, incident.id));
    auto clocks = clocks_of(*regimes_, incident.regimes, incident.facts, sent_times(sent), clock_.wall());
    auto clock = std::ranges::find(clocks, report.clock, &LegalClock::key);
    if (clock != clocks.end()) out.clock = *clock;
  }
  out.report = std::move(report);
  return out;
}

Result<std::vector<ReportDetail>> Reports::list(const std::string& incident_id) {
  std::vector<ReportDetail> out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    if (!incident_id.empty()) TRY(load_incident(session, incident_id));
    TRY_ASSIGN(auto reports, load_reports_of(session, incident_id));
    for (auto& one : reports) {
      TRY_ASSIGN(auto made, detail(session, std::move(one)));
      out.push_back(std::move(made));
    }
    return {};
  }));
  if (incident_id.empty())
    std::ranges::stable_sort(out, {}, [](const ReportDetail& one) {
      return one.clock && is_open(one.clock->state) && one.clock->due ? *one.clock->due : WallTime::max();
    });
  return out;
}

Result<ReportDetail> Reports::get(const std::string& id) {
  ReportDetail out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto report, load_report(session, id));
    TRY_ASSIGN(out, detail(session, std::move(report)));
    return {};
  }));
  return out;
}

Result<void> Reports::write_down(store::Session& session, const Report& report, const Form& form,
                                 const Incident& incident, const Deed& deed, const std::string& by) {
  auto arguments = deed.arguments;
  arguments["form_vi"] = form.name.vi;
  arguments["form_en"] = form.name.en;
  IncidentEntry entry{.incident_id = incident.id,
                      .kind = "report_" + deed.kind,
                      .actor = by,
                      .text = {"desk.incident_entry.report_" + deed.kind, arguments}};
  TRY(add_entry(session, clock_, entry));
  json::object detail{{"incident", incident.reference}, {"form", form.id}, {"revision", report.revision}};
  if (!report.sha256.empty()) detail["sha256"] = report.sha256;
  for (const auto& [name, value] : deed.arguments) detail[name] = value;
  return append_audit(session, clock_.wall(), by, "report." + deed.kind, "report/" + report.id,
                      json::serialize(detail));
}

Result<ReportDetail> Reports::draft(const std::string& incident_id, const std::string& form_id,
                                    const ClockKey& clock, const std::string& by) {
  const auto* form = forms_->find(form_id);
  if (!form) return refuse(ErrorCode::kNotFound, "report.no_form", {{"id", form_id.substr(0, 64)}});
  ReportDetail out;
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto incident, load_incident(session, incident_id));
    if (!incident.merged_into.empty()) {
      TRY_ASSIGN(auto other, load_incident(session, incident.merged_into));
      return refuse(ErrorCode::kConflict, "incident.merged", {{"reference", other.reference}});
    }
    TRY_ASSIGN(auto count,
               session.query("SELECT COUNT(*) FROM reports WHERE incident_id = ?", {incident_id}));
    if (count[0].integer(0) >= ReportLimits::kOfIncident)
      return refuse(ErrorCode::kLimit, "report.many", {{"most", std::to_string(ReportLimits::kOfIncident)}});
    Report report{.incident_id = incident_id,
                  .form = form->id,
                  .clock = clock.step.empty() ? ClockKey{form->regime, form->step} : clock,
                  .authors = {by},
                  .created_at = clock_.wall(),
                  .updated_at = clock_.wall(),
                  .created_by = by};
    if (!report.clock.step.empty()) {
      auto clocks = clocks_of(*regimes_, incident.regimes, incident.facts, {}, clock_.wall());
      if (std::ranges::find(clocks, report.clock, &LegalClock::key) == clocks.end())
        return refuse(ErrorCode::kNotFound, "incident.no_clock");
    }
    TRY(insert_report(session, clock_, report));
    TRY(write_down(session, report, *form, incident, {"drafted", {}}, by));
    TRY_ASSIGN(out, detail(session, std::move(report)));
    return {};
  }));
  return out;
}

Result<ReportDetail> Reports::act(const std::string& id, const std::string& by, const Act& deed) {
  ReportDetail out;
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(auto report, load_report(session, id));
    TRY_ASSIGN(auto incident, load_incident(session, report.incident_id));
    const auto* form = forms_->find(report.form);
    if (!form) return refuse(ErrorCode::kConflict, "report.no_form", {{"id", report.form}});
    TRY_ASSIGN(auto done, deed({session, report, incident, *form}));
    if (!done.kind.empty()) {
      report.updated_at = clock_.wall();
      TRY(save_report(session, report));
      TRY(write_down(session, report, *form, incident, done, by));
    }
    TRY_ASSIGN(out, detail(session, std::move(report)));
    return {};
  }));
  return out;
}

Result<ReportDetail> Reports::type(const std::string& id, std::int64_t revision,
                                   const std::map<std::string, std::string>& texts, const std::string& by) {
  return act(id, by, [&](const Work& work) -> Result<Deed> {
    auto& report = work.report;
    if (!may_change(report.state)) TRY(in_state(report, {ReportState::kDraft}));
    if (report.revision != revision)
      return refuse(ErrorCode::kConflict, "report.changed", {{"revision", std::to_string(report.revision)}});
    std::vector<std::string> changed;
    for (const auto& [field, text] : texts) {
      if (!work.form.field(field))
        return refuse(ErrorCode::kInvalid, "report.no_field", {{"id", field.substr(0, 64)}});
      TRY(check_length(field, text));
      auto found = report.typed.find(field);
      if ((found == report.typed.end() ? std::string() : found->second.text) == text) continue;
      changed.push_back(field);
      if (text.empty()) {
        report.typed.erase(field);
      } else {
        report.typed[field] = {text, by, clock_.wall()};
      }
    }
    if (changed.empty()) return Deed{};
    const bool frozen = report.state != ReportState::kDraft;
    back_to_draft(report);
    report.authors.insert(by);
    return Deed{frozen ? "reopened" : "changed",
                {{"fields_vi", labels_of(work.form, changed, Language::kVietnamese)},
                 {"fields_en", labels_of(work.form, changed, Language::kEnglish)}}};
  });
}

Result<ReportDetail> Reports::submit(const std::string& id, const std::string& by) {
  return act(id, by, [&](const Work& work) -> Result<Deed> {
    TRY(in_state(work.report, {ReportState::kDraft}));
    TRY_ASSIGN(auto paper, paper_now(work.session, work.report, work.incident, work.form));
    auto missing = ids_of(missing_fields(paper));
    if (!missing.empty())
      return refuse(ErrorCode::kConflict, "report.missing",
                    {{"fields_vi", labels_of(work.form, missing, Language::kVietnamese)},
                     {"fields_en", labels_of(work.form, missing, Language::kEnglish)}});
    work.report.state = ReportState::kInReview;
    work.report.paper = to_text(paper);
    work.report.sha256 = sha256_hex(work.report.paper);
    return Deed{"submitted", {}};
  });
}

Result<ReportDetail> Reports::approve(const std::string& id, const std::string& sha256,
                                      const std::string& by) {
  return act(id, by, [&](const Work& work) -> Result<Deed> {
    auto& report = work.report;
    TRY(in_state(report, {ReportState::kInReview}));
    if (report.sha256 != sha256) return refuse(ErrorCode::kConflict, "report.other_paper");
    if (std::ranges::find(report.approvals, by, &Approval::by) != report.approvals.end())
      return refuse(ErrorCode::kConflict, "report.approved_already");
    report.approvals.push_back({by, clock_.wall(), sha256});
    const auto needed = static_cast<std::size_t>(work.form.approvals);
    const bool other = std::ranges::any_of(
        report.approvals, [&](const Approval& one) { return !report.authors.contains(one.by); });
    if (report.approvals.size() >= needed && !other) return refuse(ErrorCode::kForbidden, "report.own_only");
    if (report.approvals.size() >= needed) report.state = ReportState::kApproved;
    return Deed{"approved", {{"n", std::to_string(report.approvals.size())}, {"of", std::to_string(needed)}}};
  });
}

Result<ReportDetail> Reports::give_back(const std::string& id, const std::string& note,
                                        const std::string& by) {
  TRY(check_length("note", note));
  return act(id, by, [&](const Work& work) -> Result<Deed> {
    TRY(in_state(work.report, {ReportState::kInReview, ReportState::kApproved}));
    back_to_draft(work.report);
    return Deed{"returned", {{"note", note}}};
  });
}

Result<ReportDetail> Reports::send(const std::string& id, WallTime sent_at, const std::string& note,
                                   const std::string& by) {
  TRY(check_length("note", note));
  if (sent_at > clock_.wall() + IncidentLimits::kAhead)
    return refuse(ErrorCode::kInvalid, "incident.future", {{"field", "sent_at"}});
  return act(id, by, [&](const Work& work) -> Result<Deed> {
    auto& report = work.report;
    TRY(in_state(report, {ReportState::kApproved}));
    if (!report.clock.step.empty()) {
      TRY(mark_sent(work.session, *regimes_, clock_.wall(), work.incident,
                    {.key = report.clock, .sent_at = sent_at, .by = by, .note = note}));
      work.incident.updated_at = clock_.wall();
      TRY(save_incident(work.session, work.incident));
    }
    report.state = ReportState::kSent;
    report.sent_at = sent_at;
    report.sent_by = by;
    report.sent_note = note;
    return Deed{"sent", {{"sent_at", to_rfc3339(sent_at)}, {"note", note}}};
  });
}

Result<ReportDetail> Reports::take_back(const std::string& id, const std::string& note,
                                        const std::string& by) {
  TRY(check_length("note", note));
  return act(id, by, [&](const Work& work) -> Result<Deed> {
    auto& report = work.report;
    TRY(in_state(report, {ReportState::kSent, ReportState::kReceipted}));
    if (!report.clock.step.empty()) {
      TRY(check_open(work.session, work.incident));
      TRY(remove_report(work.session, work.incident.id, report.clock));
      work.incident.updated_at = clock_.wall();
      TRY(save_incident(work.session, work.incident));
    }
    report.state = ReportState::kApproved;
    report.sent_at.reset();
    report.receipted_at.reset();
    report.sent_by = report.sent_note = report.receipted_by = report.receipt = "";
    return Deed{"taken_back", {{"note", note}}};
  });
}

Result<ReportDetail> Reports::receipt(const std::string& id, const std::string& receipt,
                                      const std::string& by) {
  if (receipt.empty() || receipt.size() > ReportLimits::kTextBytes)
    return refuse(ErrorCode::kInvalid, "incident.text",
                  {{"field", "receipt"}, {"most", std::to_string(ReportLimits::kTextBytes)}});
  return act(id, by, [&](const Work& work) -> Result<Deed> {
    TRY(in_state(work.report, {ReportState::kSent}));
    work.report.state = ReportState::kReceipted;
    work.report.receipted_at = clock_.wall();
    work.report.receipted_by = by;
    work.report.receipt = receipt;
    return Deed{"receipted", {{"receipt", receipt}}};
  });
}

Result<ReportDetail> Reports::drop(const std::string& id, const std::string& note, const std::string& by) {
  TRY(check_length("note", note));
  return act(id, by, [&](const Work& work) -> Result<Deed> {
    if (!may_change(work.report.state)) TRY(in_state(work.report, {ReportState::kDraft}));
    work.report.state = ReportState::kDropped;
    return Deed{"dropped", {{"note", note}}};
  });
}

Result<Organisation> Reports::organisation() {
  return store::read_value(database_, [&](store::Session& session) { return load_organisation(session); });
}

Result<Organisation> Reports::set_organisation(const Organisation& organisation, const std::string& by) {
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    return save_organisation(session, clock_, organisation, by);
  }));
  return organisation;
}

}  // namespace vedette::desk
