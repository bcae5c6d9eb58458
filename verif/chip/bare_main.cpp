// The chip without cocotb, tracer and checker: what the simulation itself can do (make bench).
//
// Usage: <binary> +roms=<folder> <repeats> <max_new> <prompt token>...
// Takes the same prompt <repeats> times, each time as a new sequence, and prints
// "<cycles> <tokens> <seconds>": clock cycles and wall time from the first command on, and the number
// of tokens that came out.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

#include "Vtop.h"
#include "verilated.h"

namespace {

enum Command : unsigned { kNew = 0, kRun = 1 };

struct Chip {
    Vtop& top;
    unsigned long long cycles = 0;
    unsigned long tokens = 0;

    void clock() {
        top.clk_i = 0;
        top.eval();
        tokens += top.tok_valid_o;
        top.clk_i = 1;
        top.eval();
        ++cycles;
    }

    void command(Command op, unsigned arg) {
        top.cmd_valid_i = 1;
        top.cmd_op_i = op;
        top.cmd_arg_i = arg;
        top.cmd_seq_i = 0;
        handshake(top.cmd_ready_o);
        top.cmd_valid_i = 0;
    }

    void prompt(unsigned token) {
        top.prompt_valid_i = 1;
        top.prompt_token_i = token;
        top.prompt_seq_i = 0;
        handshake(top.prompt_ready_o);
        top.prompt_valid_i = 0;
    }

    // The status stands beside its valid only: it is read before the edge that takes the response.
    void response() {
        unsigned status = 0;
        handshake(top.rsp_valid_o, [&] { status = top.rsp_status_o; });
        if (status != 0) {
            std::fprintf(stderr, "bare_main: status %u\n", status);
            std::exit(1);
        }
    }

    // Up to and including the cycle in which `ready` is high.
    template <typename Signal>
    void handshake(const Signal& ready, const std::function<void()>& seen = [] {}) {
        bool taken = false;
        while (!taken) {
            top.clk_i = 0;
            top.eval();
            taken = ready;
            if (taken) seen();
            clock();
        }
    }
};

}  // namespace

int main(int argc, char** argv) {
    VerilatedContext context;
    context.commandArgs(argc, argv);
    Vtop top{&context};
    std::vector<unsigned> numbers;
    for (int i = 1; i < argc; ++i) {
        if (argv[i][0] != '+') numbers.push_back(std::strtoul(argv[i], nullptr, 10));
    }
    if (numbers.size() < 3) {
        std::fprintf(stderr, "usage: %s +roms=<folder> <repeats> <max_new> <prompt token>...\n", argv[0]);
        return 2;
    }
    const unsigned length = numbers.size() - 2;

    Chip chip{top};
    top.rst_ni = 0;
    top.rsp_ready_i = 1;
    top.tok_ready_i = 1;
    for (int i = 0; i < 4; ++i) chip.clock();
    top.rst_ni = 1;
    chip.cycles = 0;

    const auto start = std::chrono::steady_clock::now();
    for (unsigned n = 0; n < numbers[0]; ++n) {
        chip.command(kNew, 0);
        chip.response();
        chip.command(kRun, numbers[1] << 16 | length);
        for (unsigned i = 0; i < length; ++i) chip.prompt(numbers[2 + i]);
        chip.response();
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    top.final();
    std::printf("%llu %lu %.6f\n", chip.cycles, chip.tokens, seconds.count());
    return 0;
}
