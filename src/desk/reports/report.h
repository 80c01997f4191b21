// Report: one paper about an incident on its way to whom it is for, as a plain value and as rows. Functions
// that take a Session run inside the caller's transaction or snapshot.
//
//   draft ──submit──> in_review ──approve (enough people)──> approved ──send──> sent ──receipt──> receipted
//     ▲ <────────────return, or a change of what it says ──────┘      │ <─take back (the mark was a mistake)
//     └──drop──> dropped
#pragma once

#include "desk/reports/paper.h"

namespace vedette::desk {

enum class ReportState { kDraft, kInReview, kApproved, kSent, kReceipted, kDropped };
// "draft", "in_review", "approved", "sent", "receipted", "dropped"
std::string_view to_string(ReportState state);
std::optional<ReportState> report_state_from(std::string_view text);

struct Approval {
  std::string by = {};
  WallTime at{};
  std::string sha256 = {};  // of the paper that was approved
};

struct Report {
  std::string id = {}, incident_id = {};
  std::string form = {};
  ClockKey clock = {};  // that it answers; an empty step: none
  ReportState state = ReportState::kDraft;
  std::int64_t revision = 0;
  TypedValues typed = {};
  std::string paper = {};                // to_text(); empty while it is a draft: then it follows the facts
  std::string sha256 = {};               // of `paper`
  std::set<std::string> authors = {};    // who made or changed it
  std::vector<Approval> approvals = {};  // of the paper as it stands
  WallTime created_at{}, updated_at{};
  std::string created_by = {};
  std::optional<WallTime> sent_at = {}, receipted_at = {};
  std::string sent_by = {}, sent_note = {}, receipted_by = {}, receipt = {};
};

struct ReportLimits {
  static constexpr std::size_t kTextBytes = 10'000;  // of one value
  static constexpr std::int64_t kOfIncident = 200;
  static constexpr std::int64_t kListed = 2'000;
};

Result<Report> load_report(store::Session& session, const std::string& id);  // kNotFound
// Oldest first; an empty incident: of all, those neither receipted nor dropped, at most kListed.
Result<std::vector<Report>> load_reports_of(store::Session& session, const std::string& incident_id);
// Gives it its id and revision 1.
Result<void> insert_report(store::Session& session, const Clock& clock, Report& report);
// With its approvals; revision becomes one more.
Result<void> save_report(store::Session& session, Report& report);

}  // namespace vedette::desk
