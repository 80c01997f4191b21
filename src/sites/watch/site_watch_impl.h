// The parts of the running watch, wired. Private to sites/watch.
#pragma once

#include "base/bounded_queue.h"
#include "sites/watch/check_pipeline.h"
#include "sites/watch/render_watch.h"
#include "sites/watch/reporter.h"
#include "sites/watch/retention.h"
#include "sites/watch/site_watch.h"
#include "sites/watch/slow_rota.h"
#include "store/secret_box.h"

namespace vedette::sites {

class SiteWatchImpl final : public SiteWatch {
 public:
  SiteWatchImpl(SiteWatchOptions options, store::Database& database, FindingSink& sink, const Clock& clock,
                Metrics& metrics);
  ~SiteWatchImpl() override;

  Result<void> start() override;
  void stop() override;
  void reload(const SiteWatchOptions& options) override;

  Result<Site> add(const SiteConfig& config, const Alongside& also) override;
  Result<Site> update(const std::string& id, const SiteConfig& config, const Alongside& also) override;
  Result<void> remove(const std::string& id, const Alongside& also) override;
  Result<Site> get(const std::string& id) override;
  Result<Listing<Site>> list(const Query& query) override;

  Result<void> check_now(const std::string& id) override;
  Result<Listing<Check>> checks(const std::string& id, const Paging& page) override;
  Result<Listing<Snapshot>> snapshots(const std::string& id, const Paging& page) override;
  Result<std::string> snapshot_content(const std::string& snapshot_id, Snapshot* meta) override;
  Result<std::vector<CompareBlock>> compare(const std::string& before_id,
                                            const std::string& after_id) override;

  Result<void> approve(const std::string& id, const std::string& snapshot_id, const std::string& by,
                       const Alongside& also) override;
  Result<IgnoreRule> ignore(const std::string& id, const std::string& where, const std::string& reason,
                            const std::string& by, const Alongside& also) override;
  Result<void> unignore(const std::string& id, const std::string& rule_id, const std::string& by,
                        const Alongside& also) override;
  Result<std::vector<IgnoreRule>> ignores(const std::string& id) override;
  Result<void> open_window(const std::string& id, std::chrono::minutes length, const std::string& reason,
                           const std::string& by, const Alongside& also) override;
  Result<void> close_window(const std::string& id, const std::string& by, const Alongside& also) override;

  Result<std::string> details_json(const std::string& id) override;
  std::vector<Sight> sights() override;
  Result<std::vector<Sight>> site_sights(const std::string& id) override;
  std::vector<Queue> queues() override;
  void on_change(Changed changed) override;

 private:
  std::shared_ptr<const SiteWatchOptions> options() const;
  Result<void> seal_clear(const std::vector<StoredSite>& stored);
  Result<void> load();  // once; every call that needs the sites asks for it
  Result<RecordPtr> record(const std::string& id);
  Result<SiteConfig> checked(SiteConfig config) const;
  Site shown(const SiteRecord& record) const;  // under its lock
  Result<void> change_window(const std::string& id, std::optional<WallTime> until, const Alongside& also);
  Result<void> learn_anew(SiteRecord& record);  // under its lock
  void notify(const std::string& id);
  void run_notifier();

  mutable std::mutex mutex_;  // options_, changed_, loaded_, addresses
  std::shared_ptr<const SiteWatchOptions> options_;
  std::vector<Changed> changed_;
  bool loaded_ = false;
  std::optional<store::SecretBox> box_;  // set when loaded_
  std::mutex edit_mutex_;  // add, update, remove: one at a time, so that one address is watched once

  store::Database& database_;
  const Clock& clock_;
  Metrics& metrics_;
  SiteTable sites_;
  InnerHosts inner_hosts_;
  SnapshotFolder snapshots_;
  ProfileCache profiles_;
  Committer committer_;
  Reporter reporter_;
  Retention retention_;
  std::atomic<std::size_t> bodies_held_ = 0;
  BoundedQueue<std::string> notices_{4096, Overflow::kDropOldest};
  std::unique_ptr<net::Fetcher> fetcher_;
  std::unique_ptr<RenderWatch> render_;
  std::unique_ptr<CheckPipeline> pipeline_;
  std::unique_ptr<SlowRota> rota_;
  std::jthread notifier_;
  bool running_ = false;
};

}  // namespace vedette::sites
