;; Looks rows up in two tables and adds them, float32, in a memory that threads share. All pointers are byte offsets.
;;
;; Two passes over an output that fits the nearest cache: first all rows are copied, then the positions are added. Rows lie
;; anywhere in a large table, so memory latency is what counts: a copy asks for a whole row at once, where loading, adding and
;; storing in one loop would fill the processor's window before the next row is asked for (half the speed, measured).
(module
  (import "tables" "memory" (memory 1 65536 shared))

  ;; out[i] = token[ids[i]], for i < count.
  (func $gather (export "gather")
    (param $ids i32) (param $count i32) (param $rowBytes i32) (param $token i32) (param $out i32)
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (memory.copy
          (local.get $out)
          (i32.add (local.get $token) (i32.mul (i32.load (local.get $ids)) (local.get $rowBytes)))
          (local.get $rowBytes))
        (local.set $ids (i32.add (local.get $ids) (i32.const 4)))
        (local.set $out (i32.add (local.get $out) (local.get $rowBytes)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next))))

  ;; out[r][c] = token[ids[r][c]] + position[positions[c]], for r < rows, c < columns.
  (func (export "embed")
    (param $ids i32) (param $positions i32) (param $rows i32) (param $columns i32)
    (param $rowBytes i32) (param $token i32) (param $position i32) (param $out i32)
    (local $column i32) (local $a i32) (local $end i32) (local $blocks i32)
    (call $gather
      (local.get $ids) (i32.mul (local.get $rows) (local.get $columns))
      (local.get $rowBytes) (local.get $token) (local.get $out))
    (local.set $blocks (i32.and (local.get $rowBytes) (i32.const -64)))
    (block $done
      (loop $row
        (br_if $done (i32.eqz (local.get $rows)))
        (local.set $column (i32.const 0))
        (block $rowDone
          (loop $next
            (br_if $rowDone (i32.ge_u (local.get $column) (local.get $columns)))
            (local.set $a
              (i32.add (local.get $position)
                (i32.mul
                  (i32.load (i32.add (local.get $positions) (i32.shl (local.get $column) (i32.const 2))))
                  (local.get $rowBytes))))
            ;; Blocks of 16 values.
            (local.set $end (i32.add (local.get $out) (local.get $blocks)))
            (block $blocksDone
              (loop $block
                (br_if $blocksDone (i32.ge_u (local.get $out) (local.get $end)))
                (v128.store (local.get $out)
                  (f32x4.add (v128.load (local.get $out)) (v128.load (local.get $a))))
                (v128.store offset=16 (local.get $out)
                  (f32x4.add (v128.load offset=16 (local.get $out)) (v128.load offset=16 (local.get $a))))
                (v128.store offset=32 (local.get $out)
                  (f32x4.add (v128.load offset=32 (local.get $out)) (v128.load offset=32 (local.get $a))))
                (v128.store offset=48 (local.get $out)
                  (f32x4.add (v128.load offset=48 (local.get $out)) (v128.load offset=48 (local.get $a))))
                (local.set $a (i32.add (local.get $a) (i32.const 64)))
                (local.set $out (i32.add (local.get $out) (i32.const 64)))
                (br $block)))
            ;; The rest, one by one.
            (local.set $end
              (i32.add (local.get $end) (i32.sub (local.get $rowBytes) (local.get $blocks))))
            (block $restDone
              (loop $rest
                (br_if $restDone (i32.ge_u (local.get $out) (local.get $end)))
                (f32.store (local.get $out)
                  (f32.add (f32.load (local.get $out)) (f32.load (local.get $a))))
                (local.set $a (i32.add (local.get $a) (i32.const 4)))
                (local.set $out (i32.add (local.get $out) (i32.const 4)))
                (br $rest)))
            (local.set $column (i32.add (local.get $column) (i32.const 1)))
            (br $next)))
        (local.set $rows (i32.sub (local.get $rows) (i32.const 1)))
        (br $row))))

  ;; Rounds `count` float32 values at `at`, a multiple of 8 or a few more, to bfloat16, nearest even, in the first half of their place.
  ;; As `encodeBfloat16` of torch-random: a value that is no number becomes 0x7fc0.
  (func (export "toBfloat16") (param $at i32) (param $count i32)
    (local $out i32) (local $end i32)
    (local.set $out (local.get $at))
    (local.set $end (i32.add (local.get $at) (i32.shl (local.get $count) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (v128.store (local.get $out)
          (i16x8.narrow_i32x4_u
            (call $round (v128.load (local.get $at)))
            (call $round (v128.load offset=16 (local.get $at)))))
        (local.set $at (i32.add (local.get $at) (i32.const 32)))
        (local.set $out (i32.add (local.get $out) (i32.const 16)))
        (br $next))))

  (func $round (param $bits v128) (result v128)
    (v128.bitselect
      (v128.const i32x4 0x7fc0 0x7fc0 0x7fc0 0x7fc0)
      (i32x4.shr_u
        (i32x4.add
          (i32x4.add (local.get $bits) (v128.const i32x4 0x7fff 0x7fff 0x7fff 0x7fff))
          (v128.and
            (i32x4.shr_u (local.get $bits) (i32.const 16))
            (v128.const i32x4 1 1 1 1)))
        (i32.const 16))
      (i32x4.gt_u
        (v128.and (local.get $bits) (v128.const i32x4 0x7fffffff 0x7fffffff 0x7fffffff 0x7fffffff))
        (v128.const i32x4 0x7f800000 0x7f800000 0x7f800000 0x7f800000)))))
