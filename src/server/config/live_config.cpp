#include "server/config/live_config.h"

#include "server/config/config_keys.h"
#include "server/config/config_reader.h"

namespace vedette::server {

LiveConfig::LiveConfig(Config config, std::filesystem::path file, Override override_keys)
    : file_(std::move(file)),
      override_keys_(std::move(override_keys)),
      config_(std::make_shared<const Config>(std::move(config))) {}

std::shared_ptr<const Config> LiveConfig::current() const {
  std::lock_guard lock(mutex_);
  return config_;
}

Result<LiveConfig::Reload> LiveConfig::reload() {
  if (file_.empty())
    return fail(ErrorCode::kInvalid,
                "the server was started without a configuration file, so there is nothing to read again");
  auto loaded = load_config(file_);
  if (!loaded) return fail(ErrorCode::kInvalid, text(loaded.error()));
  Config next = *std::move(loaded);
  if (override_keys_) override_keys_(next);
  auto before = current();
  Reload report;
  for (const auto& key : config_keys()) {
    std::visit(
        [&](auto member) {
          if (next.*member == (*before).*member) return;
          if (key.reloadable) {
            report.changed.push_back(key.full_name());
          } else {
            next.*member = (*before).*member;
            report.need_restart.push_back(key.full_name());
          }
        },
        key.member);
  }
  // A reloadable key may not fit together with one that has to wait: then nothing changes.
  if (auto problems = check_together(next, file_.string()); !problems.empty()) {
    return fail(ErrorCode::kInvalid, text(problems));
  }
  std::lock_guard lock(mutex_);
  config_ = std::make_shared<const Config>(std::move(next));
  return report;
}

}  // namespace vedette::server
