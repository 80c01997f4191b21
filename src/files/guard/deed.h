// Deed: one change that an actor made, with what is needed to undo it. Plain value.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "files/guard/file_id.h"
#include "files/guard/unique_fd.h"
#include "files/judge/file_change.h"

namespace vedette::files {

std::string_view to_string(ChangeKind kind);
ChangeKind change_kind_from(std::string_view text);

// (pid, start_ticks): one process for good.
struct ProcessId {
  std::int32_t pid = 0;
  std::uint64_t start_ticks = 0;
  bool operator==(const ProcessId&) const = default;
};

struct Deed {
  std::uint64_t number = 0;  // in the order they happened
  ChangeKind kind = ChangeKind::kModified;
  std::string path;                // as in FileChange
  std::string old_path;            // as in FileChange
  FileId file;                     // the file that is at `path` afterwards; for kDeleted the one that went
  FileId replaced;                 // kReplaced: the file that was at `path` before
  std::uint64_t image = 0;         // in the vault: what `path` held before; 0 when there is none
  std::shared_ptr<UniqueFd> pin;   // kDeleted, kReplaced: a descriptor open on what was at `path`, or nothing
  std::string actor;               // its key
  std::vector<ProcessId> lineage;  // the process itself, then its ancestors
  std::uint64_t size_before = 0, size_after = 0;
  std::string type_before, type_after;  // media types by content, "" when unknown
  double score = 0;
  bool undone = false;  // by a rollback: it does not belong to what another one would undo
  bool canary = false;  // done to a file of ours: nobody's loss
  WallTime at{};
};

}  // namespace vedette::files
