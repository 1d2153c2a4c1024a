/** Evaluators for semantic segmentation, all of them reductions of one confusion matrix. */
package io.github.lovaszdjl.evaluator;
