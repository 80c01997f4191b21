// RangeGate: whoever reads or writes a stretch of a marked file waits here for an answer (FAN_PRE_ACCESS,
// Linux 6.14), so that what is about to be overwritten can be kept first.
//
// For files that are too large to be copied when they are opened. Marks are on single files, so that all
// others cost nothing. Whether a descriptor raises events is settled when it is opened, before FAN_OPEN_PERM
// is told: a mark says nothing of descriptors that are open already. Not told: what an open with O_TRUNC
// removes, and each page of a mapping (mmap is told once, for all that is mapped). The event does not say
// whether it is a read: written_range() does.
//
// One thread calls wait(); it must read marked files through the descriptors of the events only. mark() may
// be called by any thread. When the gate or its process goes away, the kernel lets everybody through.
// fanotify(7), include/uapi/linux/fanotify.h.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "files/guard/fanotify_gate.h"
#include "files/guard/unique_fd.h"

namespace vedette::files {

// In bytes; all of a file when nothing is said.
struct Range {
  static constexpr std::uint64_t kToTheEnd = ~std::uint64_t{0};
  std::uint64_t offset = 0, count = kToTheEnd;
  bool operator==(const Range&) const = default;
};

struct RangeRequest {
  std::shared_ptr<OpenRequest> access;  // who waits, and for which file
  Range range;
};

class RangeGate {
 public:
  // kForbidden, kUnsupported: not here, or the kernel is older than 6.14.
  static Result<std::unique_ptr<RangeGate>> open(const Clock& clock);

  // For descriptors that are opened from now on; silent until listen(). kUnsupported: not on this file
  // system.
  Result<void> mark(int fd);
  // Of a marked file: from now on its events are told, for good. Somebody is about to write to it; until then
  // whoever reads it waits for nobody.
  void listen(int fd);

  // Waits at most `wait`; replaces what is in `requests`.
  Result<void> wait(std::chrono::milliseconds wait, std::vector<RangeRequest>& requests);

 private:
  explicit RangeGate(const Clock& clock) : clock_(clock) {}
  const Clock& clock_;
  UniqueFd group_;
  std::vector<char> buffer_;
};

// What the call of a task that waits with `told` is about to change; nothing where it only reads. A call that
// is not known may write.
std::optional<Range> written_range(std::uint64_t call, const std::array<std::uint64_t, 4>& arguments,
                                   Range told);

}  // namespace vedette::files
