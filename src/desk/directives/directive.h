// Directive: a request of a competent authority, from its receipt to its answer, as a plain value and as
// rows. Functions that take a Session run inside the caller's transaction or snapshot.
//
//   received ─verify─> verified ─assign─> assigned ─approve, by two people─> approved ─execute─> executed
//   ─answer─> answered
//      │                  └────────┬──────────┴───────────────────────────────┘ ^ └─reject─> rejected
//      └─contest─> contested ─resume─> verified        contested ─answer─────────────────┘
//
// rejected: it is not genuine, or not from who may ask. contested: we object, with a reason; nothing is
// carried out. A change of what is asked, or of the file that asks it, leads back to `received` and takes the
// approvals away. An approval names what was approved by the SHA-256 of it. Nothing here judges what a
// directive is about.
#pragma once

#include "desk/desk.h"

namespace vedette::desk {

enum class DirectiveState {
  kReceived,
  kVerified,
  kAssigned,
  kApproved,
  kExecuted,
  kAnswered,
  kContested,
  kRejected
};
// "received", "verified", "assigned", "approved", "executed", "answered", "contested", "rejected"
std::string_view to_string(DirectiveState state);
std::optional<DirectiveState> directive_state_from(std::string_view text);

struct DirectiveApproval {
  std::string by = {};
  WallTime at{};
  std::string sha256 = {};
};
struct DirectiveStep {
  WallTime at{};
  std::string by = {}, action = {}, note = {};
};
// kind: "request" (what the authority sent), "evidence" (of what was done), "answer".
struct DirectiveFile {
  std::string id = {}, directive_id = {}, kind = {}, name = {};
  std::int64_t bytes = 0;
  std::string sha256 = {};
  WallTime at{};
  std::string by = {};
};

struct Directive {
  std::string id = {};
  std::int64_t revision = 1;
  std::string reference = {}, authority = {}, legal_basis = {}, title = {}, scope = {}, text = {};
  WallTime received_at{};
  std::optional<WallTime> due_at = {};
  DirectiveState state = DirectiveState::kReceived;
  std::string assignee = {}, answer = {};
  std::string outcome = {};  // "": none yet; "carried_out", "contested", "rejected"
  WallTime made_at{};
  std::string made_by = {};
  std::optional<WallTime> closed_at = {};         // answered or rejected
  std::vector<DirectiveApproval> approvals = {};  // of what is asked as it stands
  std::vector<DirectiveFile> files = {};          // oldest first
};

struct DirectiveLimits {
  static constexpr std::size_t kNameBytes = 200, kScopeBytes = 4'000, kTextBytes = 50'000, kNoteBytes = 4'000;
  static constexpr std::size_t kFiles = 50, kFileBytes = 16u << 20, kApprovals = 2, kSteps = 1'000;
};

// SHA-256 of what is asked: its fields and the files of the authority.
std::string directive_sha256(const Directive& directive);
bool is_open(DirectiveState state);  // neither answered nor rejected

struct DirectiveQuery {
  bool open_only = false, by_due = false;  // by_due: soonest first, those without a due time last
  std::string cursor = {};
  std::size_t limit = 100;  // at most 200
};

Result<Directive> load_directive(store::Session& session, const std::string& id);  // kNotFound
Result<Listing<Directive>> list_directives(store::Session& session, const DirectiveQuery& query);
Result<void> insert_directive(store::Session& session, const Directive& directive);
// All but what stands from the beginning; revision becomes one more. Approvals are replaced.
Result<void> save_directive(store::Session& session, Directive& directive);
Result<void> insert_directive_file(store::Session& session, const DirectiveFile& file);
Result<void> add_directive_step(store::Session& session, const std::string& directive_id,
                                const DirectiveStep& step);
Result<std::vector<DirectiveStep>> load_directive_steps(store::Session& session, const std::string& id);

// How many wait for an answer, and until when; no content: it is for a screen that everybody sees.
struct OpenDirectives {
  std::int64_t open = 0, overdue = 0;
  std::optional<WallTime> soonest_due = {};  // also one that has passed
};
Result<OpenDirectives> count_open_directives(store::Session& session, WallTime now);

// How many of what was received in a month, by authority. No person, no reference, no content.
struct DirectiveCount {
  std::string month = {};  // "2026-11", in UTC
  std::string authority = {};
  std::int64_t received = 0, carried_out = 0, contested = 0, rejected = 0, open = 0;
};
Result<std::vector<DirectiveCount>> count_directives(store::Session& session, WallTime from, WallTime to);

}  // namespace vedette::desk
