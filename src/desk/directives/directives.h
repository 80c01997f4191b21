// Directives: the register of what competent authorities ask, and the way from receipt to answer. What the
// API calls.
//
// Every act is one transaction: the directive, its step and the audit row. Files are sealed on the disk
// before their row is written, as evidence is. check_due() hands what comes near to the desk as findings, in
// the transaction that remembers them. Thread-safe; blocks for a read, a commit or the disk.
#pragma once

#include <filesystem>
#include <functional>

#include "base/secret.h"
#include "desk/directives/directive.h"

namespace vedette::desk {

inline constexpr std::string_view kDirectiveDue = "directive_due";

struct DirectiveDetail {
  Directive directive = {};
  std::vector<DirectiveStep> steps = {};  // oldest first
};

class Directives {
 public:
  // `folder` is made (0700); `master_key` is the desk's key file, made when missing.
  static Result<std::unique_ptr<Directives>> open(store::Database& database, Desk& desk, const Clock& clock,
                                                  std::filesystem::path folder,
                                                  const std::filesystem::path& master_key);

  Result<Listing<Directive>> list(const DirectiveQuery& query);
  Result<DirectiveDetail> get(const std::string& id);
  Result<std::vector<DirectiveCount>> count(WallTime from, WallTime to);
  Result<OpenDirectives> count_open();

  // What is asked, its authority and its times are taken from `draft`.
  Result<Directive> add(const Directive& draft, const std::string& by);
  // What came by mail: received and not verified, with its files as what the authority sent. `findings` and
  // `also` are made of it and kept in the same transaction. It may lack its legal basis, which verify() asks
  // for.
  struct Incoming {
    std::string name = {};
    std::string_view bytes = {};
  };
  Result<Directive> receive(const Directive& draft, const std::vector<Incoming>& files, const std::string& by,
                            const std::function<std::vector<Finding>(const Directive&)>& findings,
                            const std::function<Result<void>(store::Session&, const Directive&)>& also);
  // kConflict: not `changed.revision` any more, or it is too far to be changed.
  Result<Directive> change(const Directive& changed, const std::string& by);
  // `note`: how it was verified (a call back, a signature that was checked).
  Result<Directive> verify(const std::string& id, const std::string& note, const std::string& by);
  Result<Directive> reject(const std::string& id, const std::string& why, const std::string& by);
  // Another assignee takes the approvals away: who carries it out is part of what is approved.
  Result<Directive> assign(const std::string& id, const std::string& assignee, const std::string& by);
  // `sha256`: of what was read; `display_name`: the approver's other name, if they have one. kForbidden: the
  // same person twice, who registered it, or who is to carry it out.
  Result<Directive> approve(const std::string& id, const std::string& sha256, const std::string& by,
                            const std::string& display_name = {});
  Result<Directive> execute(const std::string& id, const std::string& what, const std::string& by);
  Result<Directive> contest(const std::string& id, const std::string& why, const std::string& by);
  Result<Directive> resume(const std::string& id, const std::string& why, const std::string& by);
  Result<Directive> answer(const std::string& id, const std::string& text, const std::string& by);

  // Sealed at rest. A file of kind "request" is part of what is asked.
  Result<Directive> attach(const std::string& id, const std::string& kind, const std::string& name,
                           std::string_view bytes, const std::string& by);
  // That somebody looked is a step. kCorrupt: it is not the file that was taken in.
  Result<std::string> view(const std::string& id, const std::string& file, const std::string& by);

  // A due time of which half is left, two hours are left, or that has passed. How many it reported. Call it
  // about twice a minute.
  Result<std::size_t> check_due();

 private:
  struct Deed {
    std::string action = {}, note = {};
  };
  using Act = std::function<Result<Deed>(Directive&)>;
  Directives(store::Database& database, Desk& desk, const Clock& clock, std::filesystem::path folder,
             Secret key);
  Result<Directive> act(const std::string& id, const std::string& by, const Act& deed,
                        const store::Database::Write& also = {});
  Result<void> seal(DirectiveFile& file, std::string_view bytes);
  void unseal(const std::vector<DirectiveFile>& files);  // nothing names them
  Result<void> write_step(store::Session& session, const Directive& directive, const Deed& deed,
                          const std::string& by);

  store::Database& database_;
  Desk& desk_;
  const Clock& clock_;
  const std::filesystem::path folder_;
  const Secret key_;
};

}  // namespace vedette::desk
