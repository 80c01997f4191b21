// Strands: jobs with the same key run one after the other, in the order they were posted; jobs of different
// keys run side by side on a few threads. So the deeds of an actor are judged in order, and a large pre-image
// of one actor holds up no other. What has happened already goes before what still waits to happen: a job
// that is `done_already` overtakes the others of its key (an open that nobody has answered yet can have had
// no consequences), and one that waits may run those that came meanwhile.
//
// post() is for any thread and never blocks; it refuses when `capacity` jobs wait. stop() runs what waits no
// more.
#pragma once

#include <chrono>
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

// While it lives, a job of a strand has no more right to a core than the programs beside it: for what takes
// long and nobody waits for. Otherwise jobs run before everything but the guard's reader.
class Unhurried {
 public:
  explicit Unhurried(bool really);
  ~Unhurried();
  Unhurried(const Unhurried&) = delete;
  Unhurried& operator=(const Unhurried&) = delete;

 private:
  const bool really_;
};

// Of this thread: who waits for the guard must not wait for everybody else's work on a busy machine as well.
// Where real-time scheduling is not allowed, the highest of the ordinary ranks has to do.
void run_before_others();

class Strands {
 public:
  using Job = std::function<void()>;
  Strands(std::size_t threads, std::size_t capacity);
  ~Strands();

  enum class Order { kDoneAlready, kInTurn };
  bool post(const std::string& key, Job job, Order order = Order::kInTurn);
  // From a job of this key: runs what has happened meanwhile.
  void catch_up(const std::string& key);
  void stop();
  // Waits until nothing with this key is left to do; false: it took longer. Not from one of its own jobs.
  bool wait(const std::string& key, std::chrono::milliseconds most);
  // Waits until nothing is left to do: for tests and for an orderly end.
  void drain();

 private:
  struct Strand {
    std::deque<Job> happened, jobs;
    std::size_t count() const { return happened.size() + jobs.size(); }
    Job next();
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
