/**
 * Evaluators for semantic segmentation, all of them reductions of one confusion matrix, or of one
 * for every channel where channels are binary problems of their own.
 */
package io.github.lovaszdjl.evaluator;
