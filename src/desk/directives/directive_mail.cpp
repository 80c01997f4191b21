// Directives: what came by mail.
#include "base/id.h"
#include "desk/directives/directive_check.h"
#include "desk/directives/directives.h"

namespace vedette::desk {

using Most = DirectiveLimits;

Result<Directive> Directives::receive(
    const Directive& draft, const std::vector<Incoming>& files, const std::string& by,
    const std::function<std::vector<Finding>(const Directive&)>& findings,
    const std::function<Result<void>(store::Session&, const Directive&)>& also) {
  TRY(check_directive(draft, true));
  if (files.size() > Most::kFiles) return too_many_files();
  auto made = draft;
  made.id = new_id(clock_);
  made.revision = 1;
  made.state = DirectiveState::kReceived;
  made.made_by = by;
  made.made_at = clock_.wall();
  for (const auto& file : files) {
    TRY(check_directive_file(file.name, file.bytes));
    DirectiveFile sealed{.id = new_id(clock_), .directive_id = made.id, .kind = "request", .name = file.name};
    sealed.by = by;
    sealed.at = made.made_at;
    auto done = seal(sealed, file.bytes);
    if (!done) {
      unseal(made.files);
      return std::unexpected(std::move(done).error());
    }
    made.files.push_back(std::move(sealed));
  }
  auto kept = desk_.report_alongside(findings(made), [&](store::Session& session) -> Result<void> {
    TRY(insert_directive(session, made));
    TRY(write_step(session, made, {"received", ""}, by));
    for (const auto& file : made.files) {
      TRY(insert_directive_file(session, file));
      TRY(write_step(session, made, {"attached", fmt::format("{} (SHA-256 {})", file.name, file.sha256)},
                     by));
    }
    return also(session, made);
  });
  // kUnavailable: the rows may be there after all (store/database.h).
  if (!kept && kept.error().code() != ErrorCode::kUnavailable) unseal(made.files);
  if (!kept) return std::unexpected(std::move(kept).error());
  return made;
}

}  // namespace vedette::desk
