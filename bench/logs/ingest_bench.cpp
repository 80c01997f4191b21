// Events over HTTP into a running server, as a log shipper sends them, and what they cost it.
//   ingest_bench PORT TOKEN EVENTS PID [--connections N] [--batch N] [--rate R] [--seconds S] [--alerts]
// EVENTS: NDJSON, sent again and again to /elastic/bench/_bulk. Without --rate each connection sends the next
// batch as soon as the last one is answered; with it a batch is due every batch/R seconds, and its latency
// counts from then, whether or not a connection was free. --alerts: each batch holds one event that makes a
// new alert (the rule of bench/logs/ingest). PID: the server's; its threads' CPU time is told by their names.
// One line of figures, then one for each kind of thread.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

struct Arguments {
  std::uint16_t port = 0;
  std::string token, events, pid;
  std::size_t connections = 4, batch = 4000;
  double rate = 0, seconds = 10;
  bool alerts = false;
};

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "ingest_bench: %s\n", why.c_str());
  std::exit(2);
}

struct Body {
  std::string text;
  std::size_t events = 0;
};

std::vector<Body> bodies_of(const Arguments& arguments) {
  std::ifstream in(arguments.events, std::ios::binary);
  std::vector<Body> out;
  for (std::string line; std::getline(in, line);) {
    if (line.empty()) continue;
    if (out.empty() || out.back().events == arguments.batch) out.emplace_back();
    out.back().text += "{\"create\":{}}\n" + line + "\n";
    ++out.back().events;
  }
  if (out.size() > 1 && out.back().events < arguments.batch) out.pop_back();
  if (out.empty()) give_up("no events in " + arguments.events);
  return out;
}

class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) give_up("nobody listens");
  }
  ~Connection() { ::close(socket_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // The status of the answer.
  int post(const Arguments& arguments, std::string_view body, std::string_view last) {
    const auto head = fmt::format(
        "POST /elastic/bench/_bulk HTTP/1.1\r\nHost: bench\r\nAuthorization: ApiKey {}\r\nContent-Type: "
        "application/x-ndjson\r\nContent-Length: {}\r\n\r\n",
        arguments.token, body.size() + last.size());
    for (auto part : {std::string_view(head), body, last}) {
      while (!part.empty()) {
        const auto sent = ::send(socket_, part.data(), part.size(), MSG_NOSIGNAL);
        if (sent <= 0) give_up("the server hung up");
        part.remove_prefix(static_cast<std::size_t>(sent));
      }
    }
    return answer();
  }

 private:
  int answer() {
    std::size_t begin = std::string::npos;
    while ((begin = got_.find("\r\n\r\n")) == std::string::npos) more();
    const auto length_at = got_.find("Content-Length: ");
    if (length_at > begin) give_up("an answer without length");
    const auto whole = begin + 4 + std::strtoull(got_.c_str() + length_at + 16, nullptr, 10);
    while (got_.size() < whole) more();
    const int status = std::atoi(got_.c_str() + 9);
    if (status != 200 && status != 429) give_up(got_.substr(0, 500));
    got_.erase(0, whole);
    return status;
  }
  void more() {
    char part[256 * 1024];
    const auto count = ::recv(socket_, part, sizeof part, 0);
    if (count <= 0) give_up("the server hung up");
    got_.append(part, static_cast<std::size_t>(count));
  }
  int socket_;
  std::string got_;
};

// CPU seconds of the server's threads so far, by name.
std::map<std::string, double> cpu_by_name(const std::string& pid) {
  std::map<std::string, double> out;
  std::error_code error;
  for (const auto& task : std::filesystem::directory_iterator("/proc/" + pid + "/task", error)) {
    std::ifstream in(task.path() / "stat");
    std::string text;
    std::getline(in, text);
    const auto open = text.find('('), close = text.rfind(')');
    if (close == std::string::npos) continue;
    std::istringstream rest(text.substr(close + 2));
    std::string skipped;
    for (int i = 0; i < 11; ++i) rest >> skipped;
    double user = 0, system = 0;
    rest >> user >> system;
    out[text.substr(open + 1, close - open - 1)] +=
        (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
  }
  return out;
}

double own_cpu() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

struct Sums {
  std::atomic<std::size_t> next{0};
  std::atomic<std::uint64_t> events{0}, bytes{0}, batches{0}, refused{0};
  std::mutex mutex;
  std::vector<double> latencies_ms;
};

void send_all(const Arguments& arguments, const std::vector<Body>& bodies, Clock::time_point begin,
              Sums& sums) {
  Connection connection(arguments.port);
  const auto end = begin + std::chrono::duration_cast<Clock::duration>(Seconds(arguments.seconds));
  std::vector<double> latencies;
  for (;;) {
    const auto number = sums.next++;
    const auto& body = bodies[number % bodies.size()];
    auto due = Clock::now();
    if (arguments.rate > 0) {
      due = begin + std::chrono::duration_cast<Clock::duration>(
                        Seconds(static_cast<double>(number * arguments.batch) / arguments.rate));
      std::this_thread::sleep_until(due);
    }
    if (due >= end) break;
    std::string last;
    if (arguments.alerts)
      last = fmt::format(
          "{{\"create\":{{}}}}\n{{\"Channel\":\"Security\",\"EventID\":1,\"Computer\":\"host-{}\","
          "\"Marker\":\"vedette-ingest-bench\"}}\n",
          number);
    while (connection.post(arguments, body.text, last) == 429) {
      ++sums.refused;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    latencies.push_back(Seconds(Clock::now() - due).count() * 1000);
    sums.events += body.events + (arguments.alerts ? 1 : 0);
    sums.bytes += body.text.size();
    ++sums.batches;
  }
  const std::lock_guard lock(sums.mutex);
  sums.latencies_ms.insert(sums.latencies_ms.end(), latencies.begin(), latencies.end());
}

Arguments read_arguments(int argc, char** argv) {
  Arguments out;
  std::vector<std::string> given;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto next = [&] { return std::strtod(i + 1 < argc ? argv[++i] : "", nullptr); };
    if (word == "--connections")
      out.connections = static_cast<std::size_t>(next());
    else if (word == "--batch")
      out.batch = static_cast<std::size_t>(next());
    else if (word == "--rate")
      out.rate = next();
    else if (word == "--seconds")
      out.seconds = next();
    else if (word == "--alerts")
      out.alerts = true;
    else
      given.push_back(word);
  }
  if (given.size() != 4 || out.batch == 0) give_up("usage: ingest_bench PORT TOKEN EVENTS PID […]");
  out.port = static_cast<std::uint16_t>(std::atoi(given[0].c_str()));
  out.token = given[1];
  out.events = given[2];
  out.pid = given[3];
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  const auto arguments = read_arguments(argc, argv);
  const auto bodies = bodies_of(arguments);
  Sums sums;
  const auto before = cpu_by_name(arguments.pid);
  const auto own_before = own_cpu();
  const auto begin = Clock::now();
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < arguments.connections; ++i)
      threads.emplace_back([&] { send_all(arguments, bodies, begin, sums); });
  }
  const auto took = Seconds(Clock::now() - begin).count();
  const auto events = static_cast<double>(sums.events.load());
  const auto own = own_cpu() - own_before;
  auto& latencies = sums.latencies_ms;
  std::ranges::sort(latencies);
  const auto quantile = [&](double share) {
    return latencies[std::min(latencies.size() - 1,
                              static_cast<std::size_t>(share * static_cast<double>(latencies.size())))];
  };
  double server = 0;
  auto after = cpu_by_name(arguments.pid);
  for (auto& [name, seconds] : after) {
    if (auto known = before.find(name); known != before.end()) seconds -= known->second;
    server += seconds;
  }
  fmt::print(
      "{} connections, {} events a batch{}: {:.0f} events/s acknowledged, {:.1f} MB/s; {:.1f} µs CPU an "
      "event in the "
      "server, {:.1f} in the sender; batch to answer p50 {:.0f} ms, p99 {:.0f} ms, most {:.0f} ms; {} "
      "batches, {} times "
      "refused by 429\n",
      arguments.connections, arguments.batch,
      arguments.rate > 0 ? fmt::format(", {:.0f} events/s due", arguments.rate) : "", events / took,
      static_cast<double>(sums.bytes.load()) / took / 1e6, server / events * 1e6, own / events * 1e6,
      quantile(0.5), quantile(0.99), latencies.back(), sums.batches.load(), sums.refused.load());
  for (const auto& [name, seconds] : after)
    if (seconds / events > 5e-8) fmt::print("  {}: {:.2f} µs an event\n", name, seconds / events * 1e6);
  fmt::print("events {} batches {}\n", sums.events.load(), sums.batches.load());
  return 0;
}
