// RenderWatch: looks at sites through a browser, on suspicion and on a slow rota, beside the checks.
//
// request() is quick and may be called on any thread; two threads render, read the picture and judge. Only
// they wait for Chromium or tesseract. A finding of the raw page never waits for its picture: the picture
// follows as a snapshot and as a further finding of the same key. What a look alone shows is the question
// "shown" with a key of its own; unless an attacker's content is named, a second look must agree.
// At most kQueueMax sites wait; suspicions beyond that are dropped and counted, and asked for again by the
// next check. Changed scripts and the rota take no more than a part of the queue. A look that may not be of a
// whole page (Chromium or the site's scripts failed) is believed when it differs kDoubtsMax times in a row.
// Sites with private authorities are opened in a Chromium of their own, one for each file of them, at most
// kTrustingMax in the life of the watch; at most kThreads of all are at work at a time.
#pragma once

#include <set>

#include "sites/render/ocr.h"
#include "sites/watch/check_pipeline.h"
#include "sites/watch/render_probe.h"
#include "sites/watch/render_view.h"

namespace vedette::sites {

class RenderWatch {
 public:
  explicit RenderWatch(WatchParts parts);  // makes renderer and OCR from the options
  ~RenderWatch();
  void start();
  void close();  // before the fetcher is destroyed: no script is asked any more
  void stop();   // before the committer stops; ends what is being rendered

  void request(const std::string& id, LookDue due);

  std::vector<Sight> sights() const;  // any thread
  bool sees() const;                  // there is a browser
  Queue queue() const { return {"sites.render", queue_.size(), queue_.capacity(), queue_.dropped()}; }

 private:
  static constexpr std::size_t kQueueMax = 64, kChangedMax = 32, kRotaMax = 8, kThreads = 2;
  static constexpr int kDoubtsMax = 3;
  static constexpr std::size_t kTrustingMax = 16;
  struct Before;  // what was so when the look began
  struct Kept;    // snapshots of one look
  struct Heard;   // what a look means, and whether it may not be whole
  void run();
  void look_at(const std::string& id);
  Result<Renderer*> renderer_for(const SiteConfig& config, const SiteWatchOptions& options);
  Result<PageView> take(const RenderRequest& request, Renderer& renderer);
  Result<ShownProfiles> borrow(const std::string& id);
  void give_back(const std::string& id, ShownProfiles profiles, bool learnt, Outcome& outcome);
  void failed(SiteRecord& record, const std::string& why);
  void alarmed(SiteRecord& record, const PageView& look, Outcome& outcome);
  Heard heard(SiteRecord& record, const PageView& look);
  Result<void> accepted(SiteRecord& record, const PageView& look, Judgement judgement, Outcome& outcome);
  static std::string doubt(SiteMemory& memory, const PageView& look, const Heard& first, const Heard& second);
  static void add_evidence(Condition& condition, const ShownMemory& shown, const Kept& kept);
  std::size_t behind_proxy() const;
  Kept keep(const SiteRecord& record, const PageView& look, std::string_view verdict, Outcome& outcome);
  void commit(SiteRecord& record, Outcome outcome);

  WatchParts parts_;
  const bool allow_loopback_;
  RenderOptions render_options_;
  Counter& dropped_;
  Counter& failures_;
  std::unique_ptr<Renderer> renderer_;
  std::unique_ptr<Ocr> ocr_;
  mutable std::mutex mutex_;                 // waiting_, tour_renderer_, trusting_
  std::unique_ptr<Renderer> tour_renderer_;  // the only one that may reach this machine itself
  // By the file of private authorities: what one site's file vouches for, no other site's browser believes.
  std::map<std::string, std::unique_ptr<Renderer>> trusting_;
  std::set<std::string> waiting_;
  BoundedQueue<std::string> queue_{kQueueMax, Overflow::kRefuse};
  std::atomic<bool> running_ = false, stopping_ = false;
  ScriptProbe probe_;
  std::vector<std::jthread> threads_;
};

}  // namespace vedette::sites
