// Types and codes that more than one block uses: instructions, engine control bundles, beats on the
// mesh, status codes. Sizes of the chip are module parameters, never constants of this package.
// Golden twins: golden/program.py (instructions), golden/host.py (status codes).
`default_nettype none
package roma_pkg;

  // ---- Programme ROM -------------------------------------------------------------------------
  // One word is one operation of one engine, see golden/SPEC.md chapter 4.
  parameter int unsigned INSTR_W = 192;

  typedef enum logic [2:0] {
    EngS   = 3'd0,  // sends: vector memory -> transform -> MXINT8 blocks -> broadcast
    EngD   = 3'd1,  // embedding, drains, sample
    EngL   = 3'd2,  // GEMVs
    EngH   = 3'd3,  // LoRA and attention
    EngEnd = 3'd4
  } engine_e;

  typedef enum logic [3:0] {
    DEmbed  = 4'd0,  // token row of the embedding ROM -> vector memory
    DDrain  = 4'd1,  // accumulators (+ LoRA) -> gather -> vector memory or argmax
    DSample = 4'd2   // argmax over columns -> token
  } d_op_e;

  typedef enum logic [3:0] {
    HLoraA   = 4'd0,  // t = A x, reduced over the row of columns into the vector units
    HLoraB   = 4'd1,  // B t -> LoRA buffer
    HScore   = 4'd2,  // q . k of every cached position, maximum over the group
    HContext = 4'd3,  // p = exp(score - max), sums of p and of p * v
    HReduce  = 4'd4,  // sums and contexts over the group -> vector units
    HEarly   = 4'd5   // HScore of the position slots before the token's own; bundles say HScore
  } h_op_e;

  typedef enum logic [2:0] {
    TrNone  = 3'd0,  // x
    TrNorm  = 3'd1,  // x * norm weight; the sum of squares runs beside it
    TrRope  = 3'd2,  // rotate pairs (2i, 2i+1)
    TrInv   = 3'd3,  // x * 1/sum of its head
    TrSilu  = 3'd4   // silu(x) * y
  } transform_e;

  typedef enum logic [2:0] {
    DstX = 3'd0,  // input buffer of the GEMV and of LoRA A
    DstQ = 3'd1,  // query buffer
    DstK = 3'd2,  // KV cache, K word of this position
    DstV = 3'd3,  // KV cache, V word of this position
    DstT = 3'd4   // LoRA intermediate
  } dest_e;

  typedef enum logic [1:0] {
    DrStore    = 2'd0,  // vector memory := result
    DrResidual = 2'd1,  // vector memory += result
    DrArgmax   = 2'd2   // running argmax over (result, row)
  } drain_e;

  // The left_* fields: the most that the token's last operation on that engine may still have to
  // work when this one issues; all bits set: does not matter.
  typedef struct packed {
    logic [11:0] spare;      // 0
    logic [6:0]  left_n;     // the rinv unit
    logic [7:0]  left_h;
    logic [7:0]  left_l;     // D: of the bank that it names; others: of the later bank
    logic [7:0]  left_d;
    logic [7:0]  left_s;
    logic [19:0] steps;      // of the loop; HScore, HContext, HEarly: for every position slot
    transform_e  transform;  // SEND
    dest_e       dest;       // SEND
    drain_e      drain;      // DDrain
    logic        bank;       // LGemv, HLoraB, DDrain: bank of accumulators and LoRA results
    logic        rinv;       // DDrain: multiply by 1/rms
    logic        k_rope;     // SEND TrRope: 0 = offsets of q, 1 = offsets of k
    logic        urgent;     // goes before operations of other tokens that are not
    logic [11:0] n2;         // see the operation table
    logic [11:0] n1;
    logic [11:0] n0;
    logic [31:0] addr1;
    logic [31:0] addr0;
    logic        if_head;    // skipped unless this token is sampled
    logic        if_lora;    // skipped unless an adapter is selected
    logic [3:0]  op;         // d_op_e or h_op_e; 0 for S and L
    engine_e     engine;     // bits 2:0
  } instr_t;

  // Word 0 of the programme ROM.
  typedef struct packed {
    logic [INSTR_W-1-96:0] spare;
    logic [31:0] vocab_size;   // true vocabulary: rows beyond are padding
    logic [31:0] model_id;     // an adapter image must carry the same
    logic [31:0] magic;        // PROGRAM_MAGIC
  } header_t;
  parameter logic [31:0] PROGRAM_MAGIC = 32'h414d_4f52;  // "ROMA"
  parameter logic [31:0] ADAPTER_MAGIC = 32'h4152_4f4c;  // "LORA"

  // Where a token stands in its sequence and in the KV cache.
  typedef struct packed {
    logic [12:0] pos;      // 0 ... context
    logic [11:0] slot;     // pos / units of a KV head
    logic [11:0] member;   // pos mod units of a KV head
  } position_t;

  // Number of a token's context, of a sequence.
  typedef logic [1:0] ctx_t;
  typedef logic [1:0] seq_t;

  // What an engine needs to know of the token whose operation it takes.
  typedef struct packed {
    ctx_t        ctx;
    logic [31:0] token;
    position_t   pos;
    logic [31:0] kv_base;          // SRAM words from sequence 0's KV cache to that of its sequence
    logic        adapter_on;
    logic [31:0] adapter_base;     // first SRAM word of its adapter
    logic [31:0] inv_temperature;  // FP32(1/T), 0 = greedy
    logic [31:0] noise_seed;
    logic        scored;           // HEarly has scored the position slots before its own
  } token_t;

  // ---- Control bundles, one beat = one step of an engine's loop --------------------------------
  typedef struct packed {
    ctx_t        ctx;
    logic [31:0] rom_addr;     // word of every L-Unit's ROM
    logic [31:0] scale_addr;   // word of the scale ROM
    logic [11:0] chunk;        // entry of the input buffer
    logic [11:0] slot;         // accumulator
    logic        bank;
    logic        first_pass;   // most significant planes: start the integer sum
    logic        last_pass;    // integer sum complete
    logic        first_chunk;  // accumulator is written, not added to
  } l_ctrl_t;

  typedef struct packed {
    h_op_e       op;
    ctx_t        ctx;
    logic        bank;         // HLoraB: bank of the LoRA results
    logic [11:0] pos_slot;     // where the token stands in its KV group: slot ...
    logic [11:0] pos_member;   // ... and member
    logic [31:0] addr;         // SRAM word; HReduce: unused
    logic [11:0] slot;         // LoRA row slot, or position slot, or HReduce beat
    logic [11:0] blk;          // block along K, rank, or head
    logic        first_blk;
    logic        last_blk;
    logic        first_slot;
    logic        last_slot;
  } h_ctrl_t;

  typedef struct packed {
    ctx_t        ctx;
    logic [11:0] slot;
    logic        bank;
    logic        lora;         // add the LoRA buffer
  } drain_ctrl_t;

  // ---- Beats from a matrix unit towards the vector row -----------------------------------------
  typedef enum logic [1:0] {RdSum = 2'd0, RdCtx = 2'd1, RdMax = 2'd2} reduce_e;  // R FP32 a unit

  // ---- Host port -------------------------------------------------------------------------------
  typedef enum logic [2:0] {
    CmdNew      = 3'd0,  // forget the sequence: position 0, nothing sampled
    CmdRun      = 3'd1,  // arg = {max_new[15:0], prompt_len[15:0]}
    CmdSelect   = 3'd2,  // arg = adapter slot + 1, 0 = none
    CmdLoad     = 3'd3,  // arg = adapter slot; the image follows on the image stream
    CmdSampling = 3'd4,  // arg = FP32(1/T), 0 = greedy
    CmdSeed     = 3'd5,  // arg = seed of the noise
    CmdStop     = 3'd6   // arg = stop token to add, NO_STOPS empties the list
  } cmd_e;
  parameter logic [31:0] NO_STOPS = 32'hffff_ffff;

  typedef enum logic [3:0] {
    StOk             = 4'd0,
    StPromptTooLong  = 4'd1,   // position + prompt_len exceeds the context
    StContextFull    = 4'd2,   // stopped early: no free KV position
    StBadToken       = 4'd3,   // a token is not below vocab_size
    StNothingToDo    = 4'd4,   // no prompt and nothing sampled before, or max_new = 0 with no prompt
    StNoAdapter      = 4'd5,   // the selected slot does not exist, is empty or is being loaded
    StAdapterTooLarge = 4'd6,  // the image's words exceed the slot's
    StAdapterBad     = 4'd7,   // wrong magic, other model, or wrong length
    StBadCommand     = 4'd8,
    StAdapterInUse   = 4'd9,   // a RUN is open and its tokens need the slot
    StBadValue       = 4'd10,  // 1/T is no normal positive number
    StStopped        = 4'd11,  // a RUN ended with a stop token
    StStopListFull   = 4'd12,
    StBadSequence    = 4'd13
  } status_e;

endpackage
`default_nettype wire
