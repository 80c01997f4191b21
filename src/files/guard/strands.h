// Strands: jobs with the same key run one after the other, in the order they were posted; jobs of different
// keys run side by side on a few threads. So the deeds of an actor are judged in order, and a large pre-image
// of one actor holds up no other.
//
// post() is for any thread and never blocks; it refuses when `capacity` jobs wait. stop() runs what waits no
// more.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace vedette::files {

class Strands {
 public:
  using Job = std::function<void()>;
  Strands(std::size_t threads, std::size_t capacity);
  ~Strands();

  bool post(const std::string& key, Job job);
  void stop();
  // Waits until nothing is left to do: for tests and for an orderly end.
  void drain();

 private:
  struct Strand {
    std::deque<Job> jobs;
    bool running = false;
  };
  void work();

  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable ready_, idle_;
  std::unordered_map<std::string, std::shared_ptr<Strand>> strands_;
  std::deque<std::pair<std::string, std::shared_ptr<Strand>>> runnable_;
  std::size_t waiting_ = 0, running_ = 0;
  bool stopped_ = false;
  std::vector<std::jthread> threads_;
};

}  // namespace vedette::files
