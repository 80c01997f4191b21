#include "server/hosts/agent_batch.h"

namespace vedette::server {
namespace {
constexpr std::size_t kEpochMax = 64;
constexpr std::uint64_t kSequenceMax = 1ull << 53;  // what JSON numbers hold exactly
}  // namespace

Result<void> check_batch(const std::string& epoch, const std::vector<AgentRecord>& records) {
  if (epoch.empty() || epoch.size() > kEpochMax) return fail(ErrorCode::kInvalid, "epoch: 1 to 64 bytes");
  for (std::size_t i = 1; i < records.size(); ++i)
    if (records[i].sequence <= records[i - 1].sequence)
      return fail(ErrorCode::kInvalid, "the records' numbers do not rise");
  if (!records.empty() && records.back().sequence > kSequenceMax)
    return fail(ErrorCode::kInvalid, "a record's number is too large");
  return {};
}

}  // namespace vedette::server
