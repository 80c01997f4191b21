// FindingSink: where a watch hands its findings. The watch knows nothing of what stands behind it.
#pragma once

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
};

}  // namespace vedette
