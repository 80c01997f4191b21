#include "files/guard/task_probe.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <vector>

namespace vedette::files {
namespace {

constexpr std::uint64_t kIoWorker = 0x10;  // PF_IO_WORKER of the kernel's sched.h

// What the program gets and gives.
struct Exchange {
  std::uint32_t tid = 0;
  std::uint32_t found = 0;
  std::uint32_t process = 0, euid = 0;
  std::uint64_t start_ns = 0, exec_id = 0, cgroup = 0, flags = 0;
  std::uint64_t call = 0;
  std::array<std::uint64_t, 4> arguments{};
};

struct Member {
  std::int16_t offset = 0;
  std::uint8_t size = 0;  // BPF_W or BPF_DW
};

// Also of the nameless structs inside.
std::optional<Member> find_member(const btf* kernel, std::uint32_t type_id, std::string_view name,
                                  std::uint32_t base, int depth) {
  const auto* type = btf__type_by_id(kernel, type_id);
  if (type == nullptr || depth > 8 || (!btf_is_struct(type) && !btf_is_union(type))) return std::nullopt;
  const auto* members = btf_members(type);
  for (std::uint16_t i = 0; i < btf_vlen(type); ++i) {
    const std::string_view own = btf__name_by_offset(kernel, members[i].name_off);
    const auto at = base + btf_member_bit_offset(type, i) / 8;
    if (own == name) {
      const auto size = btf__resolve_size(kernel, members[i].type);
      if (at > 0x7FFF || (size != 4 && size != 8)) return std::nullopt;
      return Member{static_cast<std::int16_t>(at), static_cast<std::uint8_t>(size == 4 ? BPF_W : BPF_DW)};
    }
    if (own.empty())
      if (auto found = find_member(kernel, members[i].type, name, at, depth + 1)) return found;
  }
  return std::nullopt;
}

// What the program needs to know of this kernel.
class Kernel {
 public:
  Kernel() : types_(btf__load_vmlinux_btf(), btf__free) {}
  bool there() const { return types_ != nullptr; }
  bool complete() const { return complete_; }
  Member member(const char* type, const char* name) {
    auto id = btf__find_by_name_kind(types_.get(), type, BTF_KIND_STRUCT);
    auto found =
        id < 0 ? std::nullopt : find_member(types_.get(), static_cast<std::uint32_t>(id), name, 0, 0);
    complete_ &= found.has_value();
    return found.value_or(Member{});
  }
  int function(const char* name) {
    auto id = btf__find_by_name_kind(types_.get(), name, BTF_KIND_FUNC);
    complete_ &= id >= 0;
    return id;
  }

 private:
  std::unique_ptr<btf, decltype(&btf__free)> types_;
  bool complete_ = true;
};

class Assembler {
 public:
  void load(int to, int from, Member member) {
    add(BPF_LDX | BPF_MEM | member.size, to, from, member.offset, 0);
  }
  void load(int to, int from, std::size_t offset, int size) {
    add(BPF_LDX | BPF_MEM | size, to, from, static_cast<std::int16_t>(offset), 0);
  }
  void store(int to, std::size_t offset, int from, int size) {
    add(BPF_STX | BPF_MEM | size, to, from, static_cast<std::int16_t>(offset), 0);
  }
  void move(int to, int from) { add(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0); }
  void set(int to, int value) { add(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, value); }
  void call_helper(int number) { add(BPF_JMP | BPF_CALL, 0, 0, 0, number); }
  void call_kernel(int function) { add(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_KFUNC_CALL, 0, function); }
  void end_if_null(int which) {
    add(BPF_JMP | BPF_JNE | BPF_K, which, 0, 2, 0);
    end();
  }
  void end() {
    set(0, 0);
    add(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
  }
  const std::vector<bpf_insn>& code() const { return code_; }

 private:
  void add(int code, int to, int from, std::int16_t offset, int value) {
    bpf_insn one{};
    one.code = static_cast<std::uint8_t>(code);
    one.dst_reg = static_cast<std::uint8_t>(to & 0xF);
    one.src_reg = static_cast<std::uint8_t>(from & 0xF);
    one.off = offset;
    one.imm = value;
    code_.push_back(one);
  }
  std::vector<bpf_insn> code_;
};

std::vector<bpf_insn> assemble(Kernel& kernel) {
  enum { kContext = 1, kExchange = 6, kTask = 7, kRegisters = 8 };
  Assembler out;
  out.move(kExchange, kContext);
  out.load(1, kExchange, offsetof(Exchange, tid), BPF_W);
  out.call_kernel(kernel.function("bpf_task_from_pid"));
  out.end_if_null(0);
  out.move(kTask, 0);
  const auto copy = [&](std::size_t to, int to_size, std::initializer_list<Member> way) {
    int from = kTask;
    for (const auto& member : way) {
      out.load(1, from, member);
      from = 1;
    }
    out.store(kExchange, to, 1, to_size);
  };
  copy(offsetof(Exchange, process), BPF_W, {kernel.member("task_struct", "tgid")});
  copy(offsetof(Exchange, flags), BPF_DW, {kernel.member("task_struct", "flags")});
  copy(offsetof(Exchange, exec_id), BPF_DW, {kernel.member("task_struct", "self_exec_id")});
  copy(offsetof(Exchange, start_ns), BPF_DW,
       {kernel.member("task_struct", "group_leader"), kernel.member("task_struct", "start_boottime")});
  copy(offsetof(Exchange, euid), BPF_W,
       {kernel.member("task_struct", "cred"), kernel.member("cred", "euid")});
  copy(offsetof(Exchange, cgroup), BPF_DW,
       {kernel.member("task_struct", "cgroups"), kernel.member("css_set", "dfl_cgrp"),
        kernel.member("cgroup", "kn"), kernel.member("kernfs_node", "id")});
  out.move(1, kTask);
  out.call_helper(BPF_FUNC_task_pt_regs);
  out.move(kRegisters, 0);
  std::size_t to = offsetof(Exchange, call);
  for (const char* name : {"orig_ax", "di", "si", "dx", "r10"}) {
    out.load(1, kRegisters, kernel.member("pt_regs", name));
    out.store(kExchange, to, 1, BPF_DW);
    to += 8;
  }
  out.set(1, 1);
  out.store(kExchange, offsetof(Exchange, found), 1, BPF_W);
  out.move(1, kTask);
  out.call_kernel(kernel.function("bpf_task_release"));
  out.end();
  return out.code();
}

}  // namespace

Result<std::unique_ptr<TaskProbe>> TaskProbe::open() {
#ifndef __x86_64__
  return fail(ErrorCode::kUnsupported, "the names of the registers are those of x86-64");
#else
  // libbpf would tell the terminal what is told here.
  ::libbpf_set_print(nullptr);
  Kernel kernel;
  if (!kernel.there()) return fail(ErrorCode::kUnsupported, "the kernel does not describe its types (BTF)");
  auto code = assemble(kernel);
  if (!kernel.complete())
    return fail(ErrorCode::kUnsupported, "the kernel lacks a function or member that is needed");
  bpf_prog_load_opts options{};
  options.sz = sizeof options;
  options.prog_flags = BPF_F_SLEEPABLE;
  std::unique_ptr<TaskProbe> probe(new TaskProbe);
  // The functions that are called are for programs under the GPL; this one may be used so.
  probe->program_.reset(::bpf_prog_load(BPF_PROG_TYPE_SYSCALL, "vedette_task", "Dual MIT/GPL", code.data(),
                                        code.size(), &options));
  if (!probe->program_)
    return fail(errno == EPERM || errno == EACCES ? ErrorCode::kForbidden : ErrorCode::kUnsupported,
                fmt::format("loading the program that looks at tasks: {}", std::strerror(errno)));
  // In a container the numbers of fanotify are not those of the machine.
  auto self = probe->find(static_cast<pid_t>(::syscall(SYS_gettid)));
  if (!self || self->facts.process != ::getpid() || self->call != SYS_bpf)
    return fail(ErrorCode::kUnsupported, "the guard does not see the machine's own process numbers");
  return probe;
#endif
}

std::optional<WaitingTask> TaskProbe::find(pid_t tid) const {
  Exchange exchange;
  exchange.tid = static_cast<std::uint32_t>(tid);
  bpf_test_run_opts options{};
  options.sz = sizeof options;
  options.ctx_in = &exchange;
  options.ctx_size_in = sizeof exchange;
  if (::bpf_prog_test_run_opts(program_.get(), &options) != 0 || exchange.found == 0) return std::nullopt;
  WaitingTask out;
  out.facts = {static_cast<pid_t>(exchange.process), exchange.euid, exchange.start_ns, exchange.exec_id,
               exchange.cgroup};
  out.worker = (exchange.flags & kIoWorker) != 0;
  out.call = exchange.call;
  out.arguments = exchange.arguments;
  return out;
}

}  // namespace vedette::files
