// Runs the chip under cocotb. The clock is made here, not in Python, and while the bench only waits
// (idle_i) nothing of cocotb is called until a handshake output changes (wake_o) or a timer is due:
// the simulation runs as fast as from a bare C++ main.
//
// +wave_from=<cycle> +wave_to=<cycle> with --trace --trace-file <name>: waves of these cycles only.
// Cycles count as in the tracer: from the first rising edge with rst_ni high.

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "Vtop.h"
#include "verilated.h"
#include "verilated_vpi.h"

#if VM_TRACE
#include <verilated_fst_c.h>
#endif

extern "C" void vlog_startup_routines_bootstrap(void);

namespace {

vluint64_t main_time = 0;

#if VM_TRACE
// Opened at the window's first cycle and closed behind its last one.
class Waves {
  public:
    Waves(Vtop& top, std::string name) : top_{top}, name_{std::move(name)} {
        if (name_.empty()) return;
        Verilated::traceEverOn(true);
        top_.trace(&file_, 99);
        from_ = number("wave_from=", 0);
        to_ = number("wave_to=", ~0ULL - 1) + 1;  // what follows from a cycle shows in the next one
    }

    void dump() {
        if (name_.empty()) return;
        cycle_ += top_.rst_ni && top_.clk_i && !clock_;
        clock_ = top_.clk_i;
        if (cycle_ < from_ || cycle_ > to_) {
            close();
            return;
        }
        if (!file_.isOpen()) file_.open(name_.c_str());
        file_.dump(main_time);
    }

    void close() {
        if (file_.isOpen()) file_.close();
    }

  private:
    static vluint64_t number(const char* name, vluint64_t otherwise) {
        const char* text = Verilated::commandArgsPlusMatch(name);
        return text && *text ? std::strtoull(text + 1 + std::strlen(name), nullptr, 10) : otherwise;
    }

    Vtop& top_;
    std::string name_;
    VerilatedFstC file_;
    vluint64_t from_ = 0, to_ = 0, cycle_ = 0;
    bool clock_ = false;
};
#else
struct Waves {
    Waves(Vtop&, const std::string&) {}
    void dump() {}
    void close() {}
};
#endif

void settle() {
    while (VerilatedVpi::callValueCbs()) {
    }
}

// One time step as cocotb wants it: values, callbacks, what they write, until nothing changes.
void step_with_callbacks(Vtop& top) {
    do {
        do {
            top.eval_step();
            VerilatedVpi::clearEvalNeeded();
            VerilatedVpi::doInertialPuts();
            settle();
        } while (VerilatedVpi::evalNeeded());
        VerilatedVpi::callCbs(cbReadWriteSynch);
        VerilatedVpi::doInertialPuts();
        settle();
    } while (VerilatedVpi::evalNeeded());
    top.eval_end_step();
    VerilatedVpi::callCbs(cbReadOnlySynch);
}

std::string argument(int argc, char** argv, const char* name) {
    for (int i = 1; i + 1 < argc; ++i) {
        if (!std::strcmp(argv[i], name)) return argv[i + 1];
    }
    return "";
}

}  // namespace

double sc_time_stamp() { return static_cast<double>(main_time); }

int main(int argc, char** argv) {
    Verilated::commandArgs(argc, argv);
    const std::unique_ptr<Vtop> top{new Vtop{""}};
    Verilated::fatalOnVpiError(false);  // cocotb asks for things that need not exist
    top->clk_i = 0;  // a random power-up state must not look like an edge
    top->rst_ni = 0;
    top->idle_i = 0;
    Waves waves{*top, argument(argc, argv, "--trace-file")};

    vlog_startup_routines_bootstrap();
    VerilatedVpi::callCbs(cbStartOfSimulation);
    settle();

    while (!Verilated::gotFinish()) {
        step_with_callbacks(*top);
        waves.dump();
        const auto wake = top->wake_o;
        while (top->idle_i && top->wake_o == wake && main_time + 1 < VerilatedVpi::cbNextDeadline() &&
               !Verilated::gotFinish()) {
            ++main_time;
            top->clk_i = !top->clk_i;
            top->eval();
            waves.dump();
        }
        if (top->wake_o != wake) continue;  // cocotb sees it in this very time step
        ++main_time;
        VerilatedVpi::callCbs(cbNextSimTime);
        settle();
        VerilatedVpi::callTimedCbs();
        settle();
        top->clk_i = !top->clk_i;
    }

    top->final();
    VerilatedVpi::callCbs(cbEndOfSimulation);
    waves.close();
#if VM_COVERAGE
    VerilatedCov::write();
#endif
    // An assertion or error anywhere fails the run.
    return Verilated::threadContextp()->errorCount() > 0;
}
