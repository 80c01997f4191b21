// FindingSink: where a watch hands its findings. The watch knows nothing of what stands behind it.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/finding.h"

namespace vedette {

class FindingSink {
 public:
  virtual ~FindingSink() = default;
  // Returns only after all of them are durably stored, or with an error and none stored: the caller then
  // keeps them and reports them again. Reporting the same uid twice stores it once. Thread-safe; may block
  // for a commit.
  virtual Result<void> report(const std::vector<Finding>& findings) = 0;
  // Whether something that is still kept refers to these bytes as its evidence: they must not be removed
  // then. A sink that keeps nothing needs none.
  virtual Result<bool> keeps_evidence(const std::string& sha256) {
    (void)sha256;
    return false;
  }
};

}  // namespace vedette
