#include "desk/directives/directives.h"

#include <boost/json.hpp>

#include "base/hash.h"
#include "base/id.h"
#include "desk/directives/directive_check.h"
#include "desk/evidence/sealed_file.h"
#include "desk/search_text.h"
#include "model/refusal.h"
#include "store/read_value.h"
#include "store/secret_box.h"

namespace vedette::desk {
namespace {

namespace fs = std::filesystem;
using Most = DirectiveLimits;
using enum DirectiveState;

Result<void> check_note(std::string_view field, const std::string& note) {
  return check_directive_field(field, note, Most::kNoteBytes, true, false);
}

std::unexpected<Error> wrong_state(const Directive& one) {
  return refuse(ErrorCode::kConflict, "directive.state", {{"state", std::string(to_string(one.state))}});
}
Result<void> needs_state(const Directive& one, std::initializer_list<DirectiveState> states) {
  if (std::ranges::find(states, one.state) != states.end()) return {};
  return wrong_state(one);
}

// An assignee is written by a person: "Bình" and "binh" are taken for the same.
bool names_same(const std::string& one, const std::string& other) {
  return !one.empty() && !other.empty() && search_text(one) == search_text(other);
}

void take_approvals_away(Directive& one) {
  one.approvals.clear();
  one.state = kReceived;
}

}  // namespace

Directives::Directives(store::Database& database, Desk& desk, const Clock& clock, fs::path folder, Secret key)
    : database_(database), desk_(desk), clock_(clock), folder_(std::move(folder)), key_(std::move(key)) {}

Result<std::unique_ptr<Directives>> Directives::open(store::Database& database, Desk& desk,
                                                     const Clock& clock, fs::path folder,
                                                     const fs::path& master_key) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error) fs::permissions(folder, fs::perms::owner_all, error);
  if (error)
    return fail(ErrorCode::kUnavailable, fmt::format("the folder of directives {} cannot be made: {}",
                                                     folder.string(), error.message()));
  // What a stop in the middle of an intake left. Only names that are ours are touched.
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code ignored;
    if (at->path().extension() == ".part" && is_id(at->path().stem().string()))
      fs::remove(at->path(), ignored);
  }
  TRY_ASSIGN(auto master, store::load_key_file(master_key));
  return std::unique_ptr<Directives>(
      new Directives(database, desk, clock, std::move(folder), store::derived_key(master, "directives")));
}

Result<Listing<Directive>> Directives::list(const DirectiveQuery& query) {
  return store::read_value(database_,
                           [&](store::Session& session) { return list_directives(session, query); });
}

Result<DirectiveDetail> Directives::get(const std::string& id) {
  DirectiveDetail out;
  TRY(database_.read([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(out.directive, load_directive(session, id));
    TRY_ASSIGN(out.steps, load_directive_steps(session, id));
    return {};
  }));
  return out;
}

Result<std::vector<DirectiveCount>> Directives::count(WallTime from, WallTime to) {
  return store::read_value(database_,
                           [&](store::Session& session) { return count_directives(session, from, to); });
}

Result<OpenDirectives> Directives::count_open() {
  return store::read_value(
      database_, [&](store::Session& session) { return count_open_directives(session, clock_.wall()); });
}

Result<void> Directives::write_step(store::Session& session, const Directive& one, const Deed& deed,
                                    const std::string& by) {
  const auto now = clock_.wall();
  TRY(add_directive_step(session, one.id, {now, by, deed.action, deed.note}));
  return append_audit(session, now, by, "directive." + deed.action, "directive/" + one.id,
                      boost::json::serialize(boost::json::object{{"reference", one.reference},
                                                                 {"authority", one.authority},
                                                                 {"state", to_string(one.state)},
                                                                 {"sha256", directive_sha256(one)},
                                                                 {"note", deed.note}}));
}

Result<Directive> Directives::add(const Directive& draft, const std::string& by) {
  TRY(check_directive(draft));
  auto made = draft;
  made.id = new_id(clock_);
  made.revision = 1;
  made.state = kReceived;
  made.made_by = by;
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    made.made_at = clock_.wall();
    TRY(insert_directive(session, made));
    return write_step(session, made, {"received", ""}, by);
  }));
  return made;
}

Result<Directive> Directives::act(const std::string& id, const std::string& by, const Act& deed,
                                  const store::Database::Write& also) {
  Directive out;
  TRY(database_.write([&](store::Session& session) -> Result<void> {
    TRY_ASSIGN(out, load_directive(session, id));
    TRY_ASSIGN(auto done, deed(out));
    TRY(save_directive(session, out));
    if (also) TRY(also(session));
    return write_step(session, out, done, by);
  }));
  return out;
}

Result<Directive> Directives::change(const Directive& changed, const std::string& by) {
  TRY(check_directive(changed));
  return act(changed.id, by, [&](Directive& one) -> Result<Deed> {
    if (one.revision != changed.revision)
      return refuse(ErrorCode::kConflict, "directive.changed", {{"revision", std::to_string(one.revision)}});
    TRY(needs_state(one, {kReceived, kVerified, kAssigned, kApproved}));
    auto now = one;
    now.reference = changed.reference;
    now.authority = changed.authority;
    now.legal_basis = changed.legal_basis;
    now.title = changed.title;
    now.scope = changed.scope;
    now.text = changed.text;
    now.received_at = changed.received_at;
    now.due_at = changed.due_at;
    if (directive_sha256(now) != directive_sha256(one)) take_approvals_away(now);
    one = std::move(now);
    return Deed{"changed", ""};
  });
}

Result<Directive> Directives::verify(const std::string& id, const std::string& note, const std::string& by) {
  TRY(check_note("note", note));
  return act(id, by, [&](Directive& one) -> Result<Deed> {
    TRY(needs_state(one, {kReceived}));
    TRY(check_directive(one));  // what came by mail may lack something
    one.state = kVerified;
    return Deed{"verified", note};
  });
}

Result<Directive> Directives::reject(const std::string& id, const std::string& why, const std::string& by) {
  TRY(check_note("why", why));
  return act(id, by, [&](Directive& one) -> Result<Deed> {
    TRY(needs_state(one, {kReceived, kVerified, kAssigned}));
    one.state = kRejected;
    one.outcome = "rejected";
    one.closed_at = clock_.wall();
    return Deed{"rejected", why};
  });
}

Result<Directive> Directives::assign(const std::string& id, const std::string& assignee,
                                     const std::string& by) {
  TRY(check_directive_field("assignee", assignee, Most::kNameBytes, true, true));
  return act(id, by, [&](Directive& one) -> Result<Deed> {
    TRY(needs_state(one, {kVerified, kAssigned, kApproved}));
    if (one.assignee != assignee) one.approvals.clear();
    one.assignee = assignee;
    if (one.approvals.size() < Most::kApprovals) one.state = kAssigned;
    return Deed{"assigned", assignee};
  });
}

Result<Directive> Directives::approve(const std::string& id, const std::string& sha256, const std::string& by,
                                      const std::string& display_name) {
  return act(id, by, [&](Directive& one) -> Result<Deed> {
    TRY(needs_state(one, {kAssigned}));
    if (directive_sha256(one) != sha256) return refuse(ErrorCode::kConflict, "directive.other_text");
    if (std::ranges::find(one.approvals, by, &DirectiveApproval::by) != one.approvals.end())
      return refuse(ErrorCode::kForbidden, "directive.approved_already");
    if (one.made_by == by) return refuse(ErrorCode::kForbidden, "directive.own");
    if (names_same(one.assignee, by) || names_same(one.assignee, display_name))
      return refuse(ErrorCode::kForbidden, "directive.assignee_approves");
    one.approvals.push_back({by, clock_.wall(), sha256});
    if (one.approvals.size() >= Most::kApprovals) one.state = kApproved;
    return Deed{"approved", fmt::format("{}/{}", one.approvals.size(), Most::kApprovals)};
  });
}

Result<Directive> Directives::execute(const std::string& id, const std::string& what, const std::string& by) {
  TRY(check_note("what", what));
  return act(id, by, [&](Directive& one) -> Result<Deed> {
    TRY(needs_state(one, {kApproved}));
    one.state = kExecuted;
    return Deed{"executed", what};
  });
}

Result<Directive> Directives::contest(const std::string& id, const std::string& why, const std::string& by) {
  TRY(check_note("why", why));
  return act(id, by, [&](Directive& one) -> Result<Deed> {
    TRY(needs_state(one, {kVerified, kAssigned, kApproved}));
    one.state = kContested;
    return Deed{"contested", why};
  });
}

Result<Directive> Directives::resume(const std::string& id, const std::string& why, const std::string& by) {
  TRY(check_note("why", why));
  return act(id, by, [&](Directive& one) -> Result<Deed> {
    TRY(needs_state(one, {kContested}));
    one.approvals.clear();
    one.assignee.clear();
    one.state = kVerified;
    return Deed{"resumed", why};
  });
}

Result<Directive> Directives::answer(const std::string& id, const std::string& text, const std::string& by) {
  TRY(check_directive_field("text", text, Most::kTextBytes, true, false));
  return act(id, by, [&](Directive& one) -> Result<Deed> {
    TRY(needs_state(one, {kExecuted, kContested}));
    one.outcome = one.state == kExecuted ? "carried_out" : "contested";
    one.state = kAnswered;
    one.answer = text;
    one.closed_at = clock_.wall();
    return Deed{"answered", ""};
  });
}

Result<void> Directives::seal(DirectiveFile& file, std::string_view bytes) {
  TRY_ASSIGN(auto writer, SealedWriter::create(folder_ / (file.id + ".part"), key_));
  TRY(writer.write(bytes));
  TRY(writer.finish(folder_ / file.id));
  file.bytes = static_cast<std::int64_t>(writer.size());
  file.sha256 = writer.sha256();
  return {};
}

void Directives::unseal(const std::vector<DirectiveFile>& files) {
  for (const auto& file : files) {
    std::error_code ignored;
    fs::remove(folder_ / file.id, ignored);
  }
}

Result<Directive> Directives::attach(const std::string& id, const std::string& kind, const std::string& name,
                                     std::string_view bytes, const std::string& by) {
  TRY(check_directive_file(name, bytes));
  DirectiveFile file{.id = new_id(clock_), .directive_id = id, .kind = kind, .name = name, .by = by};
  // Asked before the disk is written to, and once more in the transaction.
  auto allowed = [&](const Directive& one) -> Result<void> {
    if (one.files.size() >= Most::kFiles) return too_many_files();
    if (kind == "request") return needs_state(one, {kReceived, kVerified, kAssigned, kApproved});
    if (kind == "evidence") return needs_state(one, {kApproved, kExecuted});
    return needs_state(one, {kExecuted, kContested, kAnswered});
  };
  TRY_ASSIGN(auto before, get(id));
  TRY(allowed(before.directive));
  TRY(seal(file, bytes));
  auto done = act(
      id, by,
      [&](Directive& one) -> Result<Deed> {
        TRY(allowed(one));
        file.at = clock_.wall();
        one.files.push_back(file);
        if (kind == "request") take_approvals_away(one);
        return Deed{"attached", fmt::format("{}: {} (SHA-256 {})", kind, name, file.sha256)};
      },
      [&](store::Session& session) { return insert_directive_file(session, file); });
  // kUnavailable: the row may be there after all (store/database.h).
  if (!done && done.error().code() != ErrorCode::kUnavailable) unseal({file});
  return done;
}

Result<std::string> Directives::view(const std::string& id, const std::string& file_id,
                                     const std::string& by) {
  TRY_ASSIGN(auto detail, get(id));
  const auto& files = detail.directive.files;
  const auto file = std::ranges::find(files, file_id, &DirectiveFile::id);
  if (file == files.end()) return refuse(ErrorCode::kNotFound, "directive.no_file");
  std::string out;
  TRY(read_sealed(folder_ / file->id, key_, [&](std::string_view piece) -> Result<void> {
    out += piece;
    return {};
  }));
  if (sha256_hex(out) != file->sha256)
    return fail(ErrorCode::kCorrupt,
                fmt::format("{}: is not the file that was taken in", (folder_ / file->id).string()));
  // Before anybody has seen it.
  TRY(database_.write([&](store::Session& session) {
    return write_step(session, detail.directive, {"viewed", file->name}, by);
  }));
  return out;
}

}  // namespace vedette::desk
